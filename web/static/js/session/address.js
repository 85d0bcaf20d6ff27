// What stands in the page's address: the event of a link, or the moment at which one stays. Whoever came last is right.

const SETTLED = 300; // ms after which a moment stands in the address
const PLACES = ["t", "seq", "message", "before", "after", "all"];

export class Address {
  #settling = 0;

  // `moment()` -> where the player is, as a link has it; undefined: it still moves.
  constructor({ moment, signal }) {
    this.moment = moment;
    signal.addEventListener("abort", () => clearTimeout(this.#settling), { once: true });
  }

  // A link was followed.
  link(search) {
    clearTimeout(this.#settling);
    history.replaceState(null, "", search);
  }

  // The moment has moved.
  moved() {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#settle(), SETTLED);
  }

  #settle() {
    const moment = this.moment();
    if (moment === undefined) return;
    const address = new URL(location.href);
    const before = address.search;
    for (const name of PLACES) address.searchParams.delete(name);
    if (moment) address.searchParams.set("t", (moment.ms / 1000).toFixed(3).replace(/\.?0+$/, "") || "0");
    if (moment?.seq) address.searchParams.set("seq", moment.seq);
    address.hash = "";
    if (address.search !== before || location.hash) history.replaceState(null, "", address);
  }
}
