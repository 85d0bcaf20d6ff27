// Saved views: a live count beside each, and the form that keeps what is seen now.

import { request } from "../request.js";
import { write } from "../signs.js";

const COUNTED = 20; // views with a live count; further ones have none
const OF = "view-"; // what their subscriptions' names begin with

export class Saved {
  #watched = new Map(); // subscription -> {filter, count}

  // `go(address)` goes there within the page; `address()` is the page's own now.
  constructor({ page, socket, go, signal }) {
    Object.assign(this, { page, socket, go });
    page.addEventListener("click", ({ target }) => {
      if (target.closest("#save-view")) page.querySelector("#view-dialog").showModal();
    }, { signal });
    page.addEventListener("submit", (event) => {
      if (event.target.id !== "view-form") return;
      const act = event.submitter?.value ?? "new";
      if (act === "cancel") return;
      event.preventDefault();
      this.#keep(event.target, act);
    }, { signal });
  }

  // After each connection, and when the bar shows other views: what is watched is what is there.
  watch({ anew = false } = {}) {
    if (anew) this.#watched.clear();
    const wanted = new Map([...this.page.querySelectorAll("#saved li[data-key]:not([data-gone])")].slice(0, COUNTED).map((item) => [
      OF + item.dataset.key.slice(2), item.dataset.filter,
    ]));
    for (const [id, { filter }] of this.#watched) {
      if (wanted.get(id) === filter) continue;
      this.socket.send({ op: "unsubscribe", id });
      this.#watched.delete(id);
    }
    for (const [id, filter] of wanted) {
      if (this.#watched.has(id)) continue;
      if (!this.socket.send({ op: "subscribe", id, to: "wall", filter, sort: "started", limit: 1 })) continue;
      this.#watched.set(id, { filter, count: null });
    }
    this.#paint();
  }

  hear(frame) {
    const one = this.#watched.get(frame.id);
    if (!one || !frame.counts) return;
    one.count = frame.counts.matching;
    this.#paint();
  }

  #paint() {
    for (const item of this.page.querySelectorAll("#saved li[data-key]")) {
      const count = this.#watched.get(OF + item.dataset.key.slice(2))?.count;
      write(item.querySelector("[data-live-count]"), count === null || count === undefined ? "" : String(count));
    }
  }

  async #keep(form, act) {
    const { view } = form.closest("dialog").dataset;
    const fields = form.elements;
    const problem = form.querySelector("[role=alert]");
    write(problem, "");
    const address = new URL(location.href);
    for (const name of ["view", "selected", "cursor"]) address.searchParams.delete(name);
    const told = { name: fields.name.value.trim(), query: address.search.slice(1), shared: fields.shared?.checked ?? false };
    try {
      let id = view;
      if (act === "delete") {
        await request(`/api/v1/views/${view}`, { method: "DELETE" });
        this.#close(form);
        return this.go(`${address.pathname}${address.search || "?sort=recent"}`);
      }
      if (act === "update") await request(`/api/v1/views/${view}`, { method: "PATCH", body: told });
      else id = (await (await request("/api/v1/views", { body: { ...told, page: "sessions" } })).json()).id;
      const first = fields.default.checked;
      if (first || act === "update") await request(`/api/v1/views/${id}/default`, { method: first ? "PUT" : "DELETE" });
      this.#close(form);
      return this.go(`/views/${id}`);
    } catch (error) {
      return write(problem, error.message);
    }
  }

  #close(form) {
    form.closest("dialog").close();
  }
}
