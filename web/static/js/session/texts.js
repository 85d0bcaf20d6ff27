// What texts get once they are on the page: addresses of the web become links, long texts fold. It paints; a text stays text.

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`\u0000-\u001f\u202a-\u202e\u2066-\u2069]+/gu;
const TAIL = /[.,;:!?)\]}»”’]+$/u; // belongs to the sentence, not to the address
const dressed = new WeakSet();

// All texts in here that have not had it yet.
export function dress(root) {
  for (const text of root.querySelectorAll(".text")) {
    if (dressed.has(text)) continue;
    dressed.add(text);
    link(text);
    if (text.tabIndex === 0) fold(text);
  }
}

function link(text) {
  const { firstChild: node } = text;
  if (!node || text.childNodes.length > 1 || node.nodeType !== Node.TEXT_NODE || !node.data.includes("://")) return;
  const parts = [];
  let end = 0;
  for (const { 0: found, index } of node.data.matchAll(ADDRESS)) {
    const address = found.replace(TAIL, "");
    if (!URL.canParse(address)) continue;
    parts.push(node.data.slice(end, index), anchor(address));
    end = index + address.length;
  }
  if (parts.length) text.replaceChildren(...parts, node.data.slice(end));
}

function anchor(address) {
  const made = document.createElement("a");
  made.href = address;
  made.target = "_blank";
  made.rel = "noopener noreferrer nofollow";
  made.textContent = address;
  return made;
}

function fold(text) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "unfold";
  const turn = (folded) => {
    text.classList.toggle("is-folded", folded);
    text.classList.toggle("is-open", !folded);
    text.tabIndex = folded ? 0 : -1;
    button.textContent = folded ? `Show all (${text.textContent.length.toLocaleString("en-GB")} characters)` : "Show less";
    button.setAttribute("aria-expanded", String(!folded));
  };
  button.addEventListener("click", () => turn(!text.classList.contains("is-folded")));
  turn(true);
  text.after(button);
}
