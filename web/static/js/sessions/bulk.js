// What is done with the selected sessions at once: tags and files, with progress, and a way to stop.

import { request } from "../request.js";
import { write } from "../signs.js";
import { MOST } from "./selection.js";

export class Bulk {
  #stop = null;

  // `all()` gives every id that matches; `selection` is the page's.
  constructor({ page, selection, all, signal }) {
    Object.assign(this, { page, selection, all, signal });
    page.addEventListener("click", (event) => {
      const act = event.target.closest("button[data-bulk]")?.dataset.bulk;
      if (act) this[`_${act}`]?.();
    }, { signal });
    page.addEventListener("submit", (event) => {
      if (event.target.dataset.bulk !== "tag") return;
      event.preventDefault();
      this.#tag(event.target, event.submitter.value);
    }, { signal });
    this.show();
  }

  get #bar() {
    return this.page.querySelector("#bulk");
  }

  show() {
    const { size } = this.selection.ids;
    write(this.#bar.querySelector("[data-picked]"), size.toLocaleString("en"));
    this.#bar.hidden = size === 0 && !this.#stop;
  }

  _clear() {
    this.selection.clear();
    this.#say("");
  }

  _stop() {
    this.#stop?.abort();
  }

  async _all() {
    await this.#doing("Looking for all", async (stop, tell) => {
      const left = this.selection.take(await this.all(stop, tell));
      return left > 0 ? `${MOST.toLocaleString("en")} are selected: no more can be at once.` : "";
    });
  }

  _csv() {
    return this.#export("csv");
  }

  _jsonl() {
    return this.#export("jsonl");
  }

  #tag(form, act) {
    const tag = form.elements.tag.value.trim();
    const sessions = [...this.selection.ids];
    const body = { sessions, [act]: [tag] };
    return this.#doing(`${act === "add" ? "Tagging" : "Untagging"} ${sessions.length.toLocaleString("en")}`,
      async (stop, tell) => {
        const answer = await request("/api/v1/bulk/tags", { body, signal: stop });
        let last = { done: 0, total: sessions.length, changed: 0, failed: [] };
        const failed = [];
        for await (const line of lines(answer.body)) {
          last = JSON.parse(line);
          failed.push(...(last.failed ?? []));
          tell(last.done, last.total, failed.length);
        }
        form.reset();
        if (!last.end) throw new Error("The hub stopped in the middle. Do it once more: what is done stays done.");
        const wrong = failed.length ? `, ${failed.length} failed: ${failed[0].detail}` : "";
        return `${last.changed.toLocaleString("en")} changed${wrong}.`;
      });
  }

  #export(format) {
    const sessions = [...this.selection.ids];
    return this.#doing(`Exporting ${sessions.length.toLocaleString("en")}`, async (stop, tell) => {
      const answer = await request("/api/v1/bulk/export", { body: { sessions, format }, signal: stop });
      const total = Number(answer.headers.get("X-Total")) || sessions.length;
      const parts = [];
      let bytes = 0;
      let seen = 0;
      for await (const part of chunks(answer.body)) {
        parts.push(part);
        bytes += part.length;
        if (format === "csv") seen += part.reduce((sum, byte) => sum + (byte === 10), 0);
        tell(Math.min(seen, total), total, 0, `${Math.ceil(bytes / 1024).toLocaleString("en")} kB`);
      }
      save(new Blob(parts), `sessions.${format}`);
      return `${total.toLocaleString("en")} exported.`;
    });
  }

  async #doing(what, act) {
    if (this.#stop) return;
    this.#stop = new AbortController();
    this.signal.addEventListener("abort", () => this.#stop?.abort(), { once: true });
    const place = this.#bar.querySelector(".bulk-progress");
    const bar = place.querySelector("progress");
    place.hidden = false;
    bar.removeAttribute("value");
    this.#say(`${what} …`);
    try {
      this.#say(await act(this.#stop.signal, (done, total, failed = 0, more = "") => {
        if (done) bar.value = total ? done / total : 1;
        const count = done ? `${done.toLocaleString("en")} of ${total.toLocaleString("en")}` : "";
        this.#say([what, count, more, failed ? `${failed} failed` : ""].filter(Boolean).join(", "));
      }));
    } catch (error) {
      this.#say(error.name === "AbortError" ? "Stopped. What is done stays done." : error.message);
    } finally {
      this.#stop = null;
      bar.value = 1;
      this.show();
    }
  }

  #say(sentence) {
    const place = this.#bar.querySelector(".bulk-progress");
    place.hidden = !sentence;
    place.classList.toggle("is-done", !this.#stop || !sentence.includes("…"));
    write(place.querySelector(".word"), sentence);
  }
}

async function* chunks(body) {
  const reader = body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
}

async function* lines(body) {
  let rest = "";
  for await (const text of chunks(body.pipeThrough(new TextDecoderStream()))) {
    const parts = (rest + text).split("\n");
    rest = parts.pop();
    yield* parts.filter(Boolean);
  }
  if (rest) yield rest;
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
