// Where another day begins: an event of another day than the one before it says which, and the first one where that is
// not today. It paints.

const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "long", year: "numeric" });
const days = new WeakMap(); // event -> its day

// These events, and those right behind them.
export function dated(nodes) {
  const touched = new Set();
  for (const node of nodes) {
    if (node.parentElement?.closest(".event")) continue; // a part of another event, as its decision
    touched.add(node);
    for (const other of [node.nextElementSibling, node.previousElementSibling]) if (other) touched.add(other);
  }
  for (const node of touched) {
    const day = dayOf(node);
    if (day && (node.previousElementSibling ? day !== dayOf(node.previousElementSibling) : begins(node, day))) node.dataset.day = day;
    else delete node.dataset.day;
  }
}

// Does the first event need its day? It does where that is not today's, or not that of the next.
function begins(node, day) {
  return day !== DAY.format(new Date()) || (node.nextElementSibling && dayOf(node.nextElementSibling) !== day);
}

function dayOf(node) {
  if (!days.has(node)) {
    const time = node.querySelector(".permalink time");
    days.set(node, time ? DAY.format(new Date(time.dateTime)) : "");
  }
  return days.get(node);
}
