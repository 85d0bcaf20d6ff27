// Where another day begins: an event of another day than the one before it says which. It paints.

const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "long", year: "numeric" });
const days = new WeakMap(); // event -> its day

// These events, and those right behind them.
export function dated(nodes) {
  const touched = new Set();
  for (const node of nodes) {
    touched.add(node);
    if (node.nextElementSibling) touched.add(node.nextElementSibling);
  }
  for (const node of touched) {
    const before = node.previousElementSibling;
    const [day, last] = [dayOf(node), before ? dayOf(before) : null];
    if (last !== null && day !== last) node.dataset.day = day;
    else delete node.dataset.day;
  }
}

function dayOf(node) {
  if (!days.has(node)) {
    const time = node.querySelector(".permalink time");
    days.set(node, time ? DAY.format(new Date(time.dateTime)) : "");
  }
  return days.get(node);
}
