// The player's buttons and words: what is pressed is told as a wish, what is so is shown. It paints and never thinks.

const SAID = 8000; // ms that what is told stays

export class Controls {
  #rest;
  #said = 0;
  #wide = matchMedia("(min-width: 48.01rem)");

  // `wish(name, value)` is told of every press.
  constructor(root, { wish, signal }) {
    this.root = root;
    root.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-wish]");
      if (!button) return;
      wish(button.dataset.wish);
      if (button.closest(".rest") && !this.#wide.matches) this.#rest.open = false;
    }, { signal });
    this.#rest = root.querySelector(".rest");
    const fold = () => (this.#rest.open = this.#wide.matches); // on a narrow page it is a menu
    this.#wide.addEventListener("change", fold, { signal });
    const kinds = root.querySelector(".kinds");
    const close = (event) => { // as menus do
      for (const menu of this.#wide.matches ? [kinds] : [kinds, this.#rest]) {
        if (event.key === "Escape" || (event.type === "click" && !menu.contains(event.target))) menu.open = false;
      }
    };
    for (const type of ["keydown", "click"]) document.addEventListener(type, close, { signal });
    fold();
    root.addEventListener("change", (event) => {
      const { name, value, checked } = event.target;
      if (name === "speed") wish("speed", Number(value));
      else if (name === "skip") wish("skip", checked);
      else if (name === "kind") wish("kinds", this.kinds);
    }, { signal });
  }

  // The kinds of marks that are shown.
  get kinds() {
    return new Set([...this.root.querySelectorAll("input[name=kind]:checked")].map(({ value }) => value));
  }

  set kinds(kinds) {
    for (const box of this.root.querySelectorAll("input[name=kind]")) box.checked = kinds.has(box.value);
  }

  // `state`: live, behind, past, whole; `pill`: its words; `clock`: {at, total} as texts.
  show({ playing, speed, skip, loop, state, pill, clock, known }) {
    const { root } = this;
    root.dataset.state = state;
    root.toggleAttribute("data-playing", playing);
    root.toggleAttribute("data-unknown", !known);
    this.#write(".play .word", playing ? "Pause" : "Play");
    this.#write(".at", clock.at);
    this.#write(".total", clock.total);
    this.#write(".pill .word", pill);
    const choice = root.querySelector("select[name=speed]");
    if (choice.value !== String(speed)) choice.value = String(speed);
    root.querySelector("input[name=skip]").checked = skip;
    const turn = root.querySelector('[data-wish="loop"]');
    turn.setAttribute("aria-pressed", String(Boolean(loop)));
    this.#write('[data-wish="loop"] .word', !loop ? "Loop a part" : loop.to === null ? "Loop: until here" : "End the loop");
  }

  // Said for a while.
  say(words) {
    clearTimeout(this.#said);
    this.#write(".told", words);
    if (words) this.#said = setTimeout(() => this.#write(".told", ""), SAID);
  }

  #write(selector, text) {
    const node = this.root.querySelector(selector);
    if (node.textContent !== text) node.textContent = text;
  }
}
