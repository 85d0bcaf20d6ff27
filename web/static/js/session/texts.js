// What texts get once they are on the page: addresses of the web become links, long texts fold. It paints; a text stays text.

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`\u0000-\u001f\u202a-\u202e\u2066-\u2069]+/gu;
const TAIL = /[.,;:!?)\]}»”’]+$/u; // belongs to the sentence, not to the address
const BESIDE = '.message[data-role="tool"], .message[data-role="system"]';
const dressed = new WeakSet();

// All texts in here that have not had it yet.
export function dress(root) {
  for (const text of root.querySelectorAll(".text")) {
    if (dressed.has(text)) continue;
    dressed.add(text);
    const long = folds(text);
    link(text);
    if (long) fold(text);
  }
}

// What is shown of it is in sight: the text opens, if it is folded.
export function reveal(node) {
  const text = node.parentElement?.closest(".text.is-folded");
  if (text) text.dispatchEvent(new Event("scroll"));
}

// What tools and systems say interrupts the talk: it folds sooner.
function folds(text) {
  const [letters, lines] = text.closest(BESIDE) ? [500, 6] : [1200, 12];
  const words = text.textContent;
  return words.length > letters || words.split("\n", lines + 1).length > lines;
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

// It stays in the page, whole: where a search of the browser's, or the focus, comes to a folded part, the browser scrolls
// the text, and it opens. (`hidden="until-found"` would hide the beginning, too.)
function fold(text) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "unfold";
  text.removeAttribute("tabindex"); // no box to scroll in
  const turn = (folded) => {
    text.classList.toggle("is-folded", folded);
    text.classList.toggle("is-open", !folded);
    button.textContent = folded ? `Show all (${text.textContent.length.toLocaleString("en-GB")} characters)` : "Show less";
    button.setAttribute("aria-expanded", String(!folded));
  };
  button.addEventListener("click", () => turn(!text.classList.contains("is-folded")));
  text.addEventListener("scroll", () => turn(false));
  turn(true);
  text.after(button);
}
