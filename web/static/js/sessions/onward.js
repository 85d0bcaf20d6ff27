// Further sessions behind the live ones, read page by page.

export class Onward {
  #busy = false;

  #next = ""; // "": right behind the live ones, wherever they end by then; null: there is no more

  // `begin` is called ahead of the first page: what the live ones push out from now on is to be kept; `append` with
  // each page.
  constructor({ page, wish, signal, begin, append }) {
    Object.assign(this, { page, wish, signal, begin, append });
    this.link = page.querySelector("#more");
    if (!this.link) this.#next = null;
    page.addEventListener("click", (event) => {
      if (!event.target.closest("#more") || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.#read();
    }, { signal });
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

  async #read() {
    if (this.#busy || this.#next === null) return;
    this.#busy = true;
    this.#say("");
    const { filter, sort, limit } = this.wish;
    try {
      let cursor = this.#next;
      if (cursor === "") {
        this.begin();
        cursor = (await this.#page(filter, { sort, limit })).next;
      }
      const { cards, next } = cursor ? await this.#page(filter, { sort, limit, cursor }) : { cards: [], next: null };
      this.append(cards);
      this.#next = next;
      if (!next) this.link.remove();
    } catch (error) {
      if (error.name !== "AbortError") this.#say(error.sentence ?? "The hub does not answer. Try again in a moment.");
    } finally {
      this.#busy = false;
    }
  }

  async #page(filter, own) {
    const answer = await fetch(`/api/v1/sessions?${filter}&${new URLSearchParams(own)}`, { signal: this.signal });
    const told = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(told.title), { sentence: told.detail });
    return told;
  }

  #say(sentence) {
    this.page.querySelector("#more-problem").textContent = sentence;
  }
}
