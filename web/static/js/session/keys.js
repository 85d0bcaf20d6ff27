// The page's keys: what each asks for. It only looks.

const KEYS = new Map([
  [" ", "play"], ["ArrowLeft", "back"], ["ArrowRight", "on"], [",", "stepBack"], [".", "stepOn"], ["[", "markBack"],
  ["]", "markOn"], ["<", "slower"], [">", "faster"], ["r", "loop"], ["i", "idle"], ["l", "live"], ["L", "live"],
  ["j", "next"], ["k", "previous"], ["n", "nextSession"], ["p", "previousSession"], ["e", "decision"],
  ["c", "comment"], ["/", "find"], ["y", "link"], ["u", "times"], ["?", "help"], ["Escape", "leave"],
]);
const OWN = 'input, textarea, select, [contenteditable], dialog'; // these have the keys for themselves
const PRESSED = "button, a, summary, [tabindex='0']"; // Space presses them, arrows scroll them

// null while somebody types, or with a modifier that is the browser's. {wish, part}: part of the whole, for a digit.
export function asked({ key, ctrlKey, metaKey, altKey, target }) {
  if (ctrlKey || metaKey || altKey) return null;
  const scrub = target.matches?.("#scrub");
  if (!scrub && target.closest?.(OWN)) return null;
  if (!scrub && key === " " && target.closest?.(PRESSED)) return null;
  if (/^[0-9]$/.test(key)) return { wish: "part", part: Number(key) / 10 };
  const wish = KEYS.get(key);
  return wish ? { wish } : null;
}
