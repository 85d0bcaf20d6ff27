// From filter to filter without leaving the page: the form and the links are plain ones, here their answer is fetched
// and put in the page's place, so that focus and what is typed stay. While no hub answers, the list stays, and says so.

import { morph } from "../morph.js";
import { write } from "../signs.js";

const TYPED = 350; // ms after the last letter of a search
const LOOKS = ".switch, #columns";
const LEAD = "a[href^='?'], #saved li > a"; // to another state of this page
const AWAY = "The hub does not answer: nothing can be filtered now. The list is the one from before; what you asked for follows when the hub is back.";

export class Travel {
  #going = null;
  #timer = 0;
  #due = null; // where the page could not go, for the hub was away

  // `at()` gives the row that one is at: another look of the same list keeps it.
  constructor({ page, signal, arrived, at }) {
    Object.assign(this, { page, arrived, at });
    page.addEventListener("click", (event) => this.#follow(event), { signal });
    page.addEventListener("submit", (event) => {
      if (event.target.getAttribute("method") !== "get") return;
      event.preventDefault();
      this.go(addressOf(event.target), { written: true });
    }, { signal });
    page.addEventListener("change", ({ target }) => {
      if (target.form?.method !== "get" || !target.matches("select, [type=checkbox], [type=date]")) return;
      this.go(addressOf(target.form), { written: target.type === "date" });
    }, { signal });
    page.addEventListener("input", ({ target }) => {
      if (target.type !== "search" || target.form?.method !== "get") return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.go(addressOf(target.form), { typing: true }), TYPED);
    }, { signal });
    addEventListener("popstate", () => this.go(location.href, { back: true }), { signal });
  }

  // `typing` puts the address in the place of the one before: a search is one step back, not one a letter. What was
  // `written` and is wrong leads nowhere: it is named, it can be mended where it stands, and the list stays.
  async go(address, { back = false, typing = false, written = false } = {}) {
    clearTimeout(this.#timer);
    this.#going?.abort();
    const going = new AbortController();
    this.#going = going;
    this.page.setAttribute("aria-busy", "true");
    const answer = await answered(address, going.signal);
    if (going.signal.aborted) return;
    this.#due = answer ? null : [address, { back, typing, written }];
    write(this.page.querySelector("#unanswered"), answer ? "" : AWAY);
    if (!answer) return this.page.removeAttribute("aria-busy");
    const { next, here } = answer;
    if (!next) return location.assign(address);
    if (written && "flawed" in next.dataset && !("flawed" in this.page.dataset)) {
      morph(this.page.querySelector("#flaws"), next.querySelector("#flaws"));
      return this.page.removeAttribute("aria-busy");
    }
    if (!back) history[typing ? "replaceState" : "pushState"](null, "", here);
    morph(this.page, next, { keep: ["aria-busy"] });
    this.page.removeAttribute("aria-busy");
    this.arrived();
  }

  // The hub is back: what could not be done is done.
  resume() {
    if (this.#due) this.go(...this.#due);
  }

  #follow(event) {
    const link = event.target.closest(LEAD);
    const elsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!link || link.id === "more" || elsewhere) return;
    event.preventDefault();
    const selected = link.closest(LOOKS) && this.at();
    this.go(selected ? `${link.href}&selected=${encodeURIComponent(selected).replaceAll("%3A", ":")}` : link.href);
  }
}

// The page that is there, and its address; null where no hub answers, or only a proxy before it.
async function answered(address, signal) {
  try {
    const answer = await fetch(address, { signal, headers: { Accept: "text/html" } });
    const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("page");
    return next || answer.status < 500 ? { next, here: answer.url || address } : null;
  } catch {
    return null;
  }
}

// Where a form leads, without what is empty; a filter that is emptied is a wish, too.
function addressOf(form) {
  const said = [...new FormData(form)].filter(([name, value]) => value.trim() || name === "expression");
  const address = new URL(form.action);
  address.search = new URLSearchParams(said);
  return address.href;
}
