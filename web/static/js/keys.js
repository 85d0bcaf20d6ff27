// The keys of lists and walls: `asked` says what a key means (it thinks), `walk` does it (it paints).

const TYPING = "input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable]";
const KEYS = new Map([
  ["j", "next"], ["k", "previous"], ["/", "search"], ["n", "news"], ["f", "full"], ["?", "help"], [" ", "preview"],
  ["x", "select"], ["X", "select"], ["e", "edit"], ["v", "layout"], ["Escape", "back"], ["Enter", "open"],
]);
const PRESSED = "a, button, summary, input, [role=button]"; // the space bar presses these, and Enter

// null while somebody types, or with a modifier that is the browser's.
export function asked({ key, ctrlKey, metaKey, altKey }, { typing }) {
  return typing || ctrlKey || metaKey || altKey ? null : (KEYS.get(key) ?? null);
}

// `acts` are what the page does besides; every one gets the event.
export function walk(list, { signal, acts = {} }) {
  const help = document.getElementById("keys");
  const does = {
    next: () => step(list, 1),
    previous: () => step(list, -1),
    help: () => help.showModal(),
    ...acts,
  };
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "Escape" && types(event.target)) event.target.blur();
    if (event.key === " " && event.target.matches?.(PRESSED) && !event.target.matches("a.open")) return;
    if (event.key === "Enter" && event.target.matches?.(PRESSED)) return;
    const act = does[asked(event, { typing: types(event.target) })];
    if (!act) return;
    event.preventDefault();
    act(event);
  }, { signal });
}

function step(list, by) {
  const links = [...list.querySelectorAll("a.open")];
  const at = links.findIndex((link) => link.closest("li").contains(document.activeElement));
  const to = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + by))];
  to?.focus();
  to?.closest("li").scrollIntoView({ block: "nearest" });
}

function types(element) {
  return element.matches?.(TYPING) ?? false;
}
