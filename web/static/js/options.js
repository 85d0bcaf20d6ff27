// The options of a combobox, from its template: {of, what, count}. It paints and never thinks.

import { write } from "./signs.js";

export function paintOptions({ input, list, template, options, at }) {
  list.replaceChildren(...options.map((option, n) => made(template, option, { n, list, chosen: n === at })));
  list.hidden = options.length === 0;
  input.setAttribute("aria-expanded", String(options.length > 0));
  if (at >= 0 && at < options.length) {
    input.setAttribute("aria-activedescendant", `${list.id}-${at}`);
    list.children[at].scrollIntoView({ block: "nearest" });
  } else {
    input.removeAttribute("aria-activedescendant");
  }
}

// Where the arrow keys lead from `at`; null for another key.
export function stepped({ key }, { at, count }) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[key];
  if (!by || !count) return null;
  return at < 0 ? (by > 0 ? 0 : count - 1) : (at + by + count) % count;
}

function made(template, { of = "", what, count = "" }, { n, list, chosen }) {
  const option = template.content.firstElementChild.cloneNode(true);
  option.id = `${list.id}-${n}`;
  option.dataset.n = n;
  option.setAttribute("aria-selected", String(chosen));
  write(option.querySelector(".of"), of);
  write(option.querySelector(".what"), what);
  write(option.querySelector(".count"), String(count ?? ""));
  return option;
}
