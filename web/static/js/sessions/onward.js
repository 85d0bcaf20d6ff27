// Further sessions behind the live ones, read page by page as they come near the screen, and read again while they are
// looked at: the live socket tells of the first ones only.

const AHEAD = 80; // rows before the end at which the next page is read
const FRESH = 5000; // ms after which a page that is looked at is read again
const MOST = 20000; // rows kept; who looks further is better helped by a filter

export class Onward {
  #busy = false;
  #next = ""; // "": right behind the live ones, wherever they end by then; null: there is no more
  #pages = []; // {cursor, ids, at}
  #near = { first: 0, last: 0 };

  // `begin` is called ahead of the first page: what the live ones push out from now on is to be kept; `append(cards,
  // instead)` with each page; `shown()` gives the ids in order.
  constructor({ page, wish, signal, begin, append, shown }) {
    Object.assign(this, { page, wish, signal, begin, append, shown });
    this.link = page.querySelector("#more");
    if (!this.link) this.#next = null;
    page.addEventListener("click", (event) => {
      if (!event.target.closest("#more") || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.#read();
    }, { signal });
    const timer = setInterval(() => this.#refresh(), FRESH);
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  }

  // There may be more than there were.
  offer(view) {
    if (!this.link && view.counts.matching > view.cards.size) {
      this.#next = "";
      this.link = document.createElement("button");
      Object.assign(this.link, { type: "button", id: "more", textContent: "Load more" });
      this.page.querySelector("#onward").prepend(this.link);
    }
  }

  // These entries are near the screen now.
  look(near) {
    this.#near = near;
    if (this.#next !== null && near.last > this.shown().length - AHEAD && scrollY > 0) this.#read();
  }

  async #read() {
    if (this.#busy || this.#next === null) return;
    if (this.shown().length >= MOST) {
      this.#say(`These are the first ${MOST.toLocaleString("en")}. A filter or another order finds the others.`);
      return;
    }
    await this.#doing(async () => {
      if (this.#next === "") {
        this.begin();
        this.#next = (await this.#page({ limit: this.wish.limit })).next;
        if (!this.#next) return;
      }
      const cursor = this.#next;
      const { cards, next } = await this.#page({ limit: this.wish.limit, cursor });
      this.#pages.push({ cursor, ids: cards.map((card) => card.session), at: performance.now() });
      this.append(cards);
      this.#next = next;
    });
    if (!this.#next) this.link?.remove();
  }

  // What somebody looks at is never older than some seconds.
  async #refresh() {
    if (document.hidden || this.#busy || !this.#pages.length) return;
    const seen = new Set(this.shown().slice(this.#near.first, this.#near.last));
    const due = this.#pages.filter(({ ids, at }) => performance.now() - at > FRESH && ids.some((id) => seen.has(id)));
    for (const page of due) {
      await this.#doing(async () => {
        const { cards } = await this.#page({ limit: this.wish.limit, cursor: page.cursor });
        this.append(cards, page.ids);
        Object.assign(page, { ids: cards.map((card) => card.session), at: performance.now() });
      });
    }
  }

  async #doing(what) {
    this.#busy = true;
    this.#say("");
    try {
      await what();
    } catch (error) {
      if (error.name !== "AbortError") this.#say(error.sentence ?? "The hub does not answer. Try again in a moment.");
    } finally {
      this.#busy = false;
    }
  }

  async #page(own) {
    const { filter, sort } = this.wish;
    const answer = await fetch(`/api/v1/sessions?${filter}&${new URLSearchParams({ sort, ...own })}`, {
      signal: this.signal,
    });
    const told = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(told.title), { sentence: told.detail });
    return told;
  }

  #say(sentence) {
    const place = this.page.querySelector("#more-problem");
    if (place && place.textContent !== sentence) place.textContent = sentence;
  }
}
