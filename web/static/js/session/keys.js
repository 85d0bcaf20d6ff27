// The page's keys: what each asks for. It thinks and never touches the page.

export const KEYS = new Map([
  ["j", "next"], ["n", "next"], ["k", "previous"], ["p", "previous"],
  ["e", "decision"], ["l", "live"], ["L", "live"], ["?", "help"],
]);

// null while somebody types, or with a modifier that is the browser's.
export function asked({ key, ctrlKey, metaKey, altKey }, { typing }) {
  return typing || ctrlKey || metaKey || altKey ? null : (KEYS.get(key) ?? null);
}
