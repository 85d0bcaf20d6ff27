// The timeline as it is seen: what was said, signs of what happened, how it felt, pauses, where one is. It paints and
// never thinks: positions come as shares of the whole, from 0 to 1.

const WIDE = 1000; // as the viewBox in the template
const NEAR = 0.004; // signs of one kind closer than this are one
const LINES = { user: [1, 9], assistant: [11, 19], operator: [11, 19] }; // from and to, of 20

export class Bar {
  constructor(root) {
    this.root = root;
    this.signs = root.querySelector(".signs");
    this.handle = root.querySelector("#scrub");
    this.peekSign = root.querySelector(".peek");
  }

  // `said`: kind -> [share]; `signs`: [{kind, at}], `mood`: [[share, score]], `pauses`: [{from, to, words}].
  draw({ said, signs, mood, pauses }) {
    for (const [kind, [from, to]] of Object.entries(LINES)) {
      const d = (said[kind] ?? []).map((at) => `M${x(at)} ${from}V${to}`).join("");
      this.#path(`.said [data-kind="${kind}"]`, d);
    }
    this.#path('.said [data-kind="pause"]', pauses.map(({ from, to }) => `M${x(from)} 0H${x(to)}V20H${x(from)}Z`).join(""));
    this.#path(".mood-line path", mood.map(([at, score], n) => `${n ? "H" + x(at) + "V" : `M${x(at)} `}${(12 - score * 11).toFixed(1)}`).join("") + (mood.length ? `H${WIDE}` : ""));
    this.#signs(signs, pauses);
  }

  // Places where something was found.
  found(places) {
    this.#path('.said [data-kind="found"]', places.map((at) => `M${x(at)} 0V20`).join(""));
  }

  // Where one is, of how much: ms as played; `words`: the moment as one says it.
  place({ at, total, words, loop }) {
    const share = total ? at / total : 1;
    this.root.style.setProperty("--at", String(share));
    const most = String(Math.max(1, Math.round(total)));
    if (this.handle.max !== most) this.handle.max = most;
    const value = total ? String(Math.round(at)) : most;
    if (this.handle.value !== value) this.handle.value = value;
    if (this.handle.getAttribute("aria-valuetext") !== words) this.handle.setAttribute("aria-valuetext", words);
    const part = this.root.querySelector(".loop");
    part.hidden = !loop;
    if (loop) {
      part.style.left = `${loop.from * 100}%`;
      part.style.width = `${(loop.to - loop.from) * 100}%`;
    }
  }

  // What is under the pointer; null: it has gone.
  peek(told) {
    this.peekSign.hidden = !told;
    if (!told) return;
    this.peekSign.style.left = `${told.at * 100}%`;
    this.peekSign.classList.toggle("is-right", told.at > 0.6);
    this.peekSign.querySelector("time").textContent = told.time;
    const kind = this.peekSign.querySelector(".kind");
    kind.textContent = told.kind;
    kind.dataset.kind = told.sign;
    this.peekSign.querySelector(".words").textContent = told.words;
  }

  // The share of the whole that a pointer is at.
  shareOf(event) {
    const { left, width } = this.signs.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / Math.max(1, width)));
  }

  #path(selector, d) {
    const path = this.root.querySelector(selector);
    if (path.getAttribute("d") !== d) path.setAttribute("d", d);
  }

  #signs(signs, pauses) {
    const last = new Map();
    const shown = signs.filter(({ kind, at }) => {
      if (last.has(kind) && at - last.get(kind) < NEAR) return false;
      last.set(kind, at);
      return true;
    });
    const nodes = shown.map(({ kind, at }) => placed("i", { kind, at }));
    const wide = pauses.filter(({ from, to }) => to - from > 0.03);
    const labels = wide.map(({ from, to, words }) => placed("span", { kind: "pause", at: (from + to) / 2, words }));
    this.signs.replaceChildren(...labels, ...nodes);
  }
}

function placed(name, { kind, at, words = "" }) {
  const node = document.createElement(name);
  node.dataset.kind = kind;
  node.style.left = `${at * 100}%`;
  node.textContent = words;
  return node;
}

function x(share) {
  return (share * WIDE).toFixed(1);
}
