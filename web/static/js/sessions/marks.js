// The row that one is at, and the rows that are selected: in the address, and on the page. It paints.

const LATER = 400; // ms until the address has it: a browser allows some hundred changes a minute

export class Marks {
  #timer = 0;

  constructor({ page, list, selection, signal }) {
    Object.assign(this, { page, list, selection });
    this.at = page.dataset.selected || null;
    list.addEventListener("focusin", ({ target }) => this.#stand(target.closest("li[data-key]")), { signal });
    signal.addEventListener("abort", () => clearTimeout(this.#timer), { once: true });
  }

  // On an element that is new.
  dress(element, id) {
    const picked = this.selection.has(id);
    const box = element.querySelector(".pick");
    if (box) box.checked = picked;
    element.toggleAttribute("data-picked", picked);
    if (id === this.at) element.setAttribute("aria-current", "true");
    else element.removeAttribute("aria-current");
  }

  show() {
    for (const element of this.list.querySelectorAll(":scope > li[data-key]")) this.dress(element, element.dataset.key);
  }

  #stand(row) {
    if (!row || row.dataset.key === this.at) return;
    this.at = row.dataset.key;
    this.show();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const address = new URL(location.href);
      address.searchParams.set("selected", this.at);
      history.replaceState(history.state, "", address.href.replaceAll("%3A", ":").replaceAll("%2C", ","));
    }, LATER);
  }
}
