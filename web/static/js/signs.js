// The small signs of a live page: totals, how many are new, how fresh it is. It paints and never thinks.

const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export function time(ms) {
  return TIME.format(ms);
}

export function write(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

export function showCounts(root, counts) {
  for (const sign of root.querySelectorAll("[data-count]")) {
    const count = counts[sign.dataset.count];
    if (count !== undefined) write(sign, String(count));
    const around = sign.closest("[data-of]");
    if (around && count !== undefined) around.dataset.any = count ? "yes" : "no";
  }
}

export function showNews(button, waiting) {
  write(button.querySelector(".count"), String(waiting));
  button.hidden = waiting === 0;
}

export function showSign(sign, { state, word }) {
  if (sign.dataset.state !== state) sign.dataset.state = state;
  write(sign.querySelector(".word"), word);
}
