// Who watches the session besides oneself, in the bar. It paints and never thinks.

const MOST = 4; // names; further people are counted

// `frame` as it came; null: it is not known. Alone, one needs no sign of it.
export function showWatching(root, frame) {
  const place = root.querySelector("#watching");
  place.hidden = !frame || frame.count < 2;
  if (place.hidden) return;
  const { names, count } = frame;
  const shown = names.slice(0, MOST);
  const parts = shown.map((name) => {
    const part = document.createElement("bdi");
    part.textContent = name;
    return part;
  });
  const lids = document.createElement("span");
  lids.className = "lids";
  lids.setAttribute("aria-hidden", "true");
  const rest = count - shown.length;
  const between = (n) => (n === 0 ? "" : n === shown.length - 1 && !rest ? " and " : ", ");
  place.replaceChildren(
    lids, ...parts.flatMap((part, n) => [between(n), part]), rest ? ` and ${rest} more` : "", " are watching",
  );
  place.title = names.join(", ");
}
