// The reviewer's forms: opens those at a message, sends what they hold, says in words what went wrong.

const QUOTED = 60; // letters that are said of what a note is about
const before = new WeakMap(); // form -> what had the focus when it was opened

export class Forms {
  constructor(root, { acts, changed, signal }) {
    this.root = root;
    this.acts = acts;
    this.changed = changed; // is told the card after an act
    root.addEventListener("click", (event) => this.#press(event), { signal });
    root.addEventListener("submit", (event) => this.#submit(event), { signal });
    root.addEventListener("keydown", (event) => this.#escape(event), { signal });
  }

  #press(event) {
    const button = event.target.closest("button[data-act]");
    if (!button) return;
    const { act, tag } = button.dataset;
    if (act === "cancel") this.#close(button.closest("form"));
    else if (act === "untag") this.#untag(button, tag);
    else this.#open(button, act);
  }

  // The form for a note on an event, whatever it is.
  comment(event) {
    if (event) this.#form(event, "note");
  }

  #open(button, act) {
    this.#form(button.closest(".event"), act);
  }

  #form(event, act) {
    const open = event.querySelector(":scope > .act-form");
    open?.remove();
    if (open?.dataset.act === act) return;
    const form = document.getElementById(`${act}-form`).content.firstElementChild.cloneNode(true);
    const about = form.querySelector(".about");
    if (about) about.textContent = named(event);
    const marks = event.querySelector(":scope > .marks");
    if (marks) marks.before(form);
    else event.append(form);
    before.set(form, document.activeElement);
    form.querySelector("textarea, input").focus();
    form.scrollIntoView({ block: "nearest", behavior: "instant" });
  }

  #close(form) {
    form.remove();
    before.get(form).focus(); // the page itself where nothing had it: keys go on as before
  }

  #escape(event) {
    const form = event.key === "Escape" && event.target.closest(".act-form.inline");
    if (form) this.#close(form);
  }

  async #untag(button, tag) {
    const problem = this.root.querySelector('.act-form[data-act="tag"] .problem');
    button.disabled = true;
    const answer = await this.acts.untag(tag);
    button.disabled = false;
    problem.textContent = answer.problem ?? "";
    if (!answer.card) return;
    this.changed(answer.card);
    this.root.querySelector("#new-tag").focus();
  }

  async #submit(event) {
    const form = event.target.closest(".act-form");
    if (!form) return;
    event.preventDefault();
    const button = form.querySelector("button:not([type])");
    const problem = form.querySelector(".problem");
    if (button.disabled) return;
    button.disabled = true;
    problem.textContent = "";
    const answer = await this.#send(form);
    button.disabled = false;
    if (answer.problem) {
      problem.textContent = answer.problem;
      return;
    }
    this.changed(answer.card);
    if (form.classList.contains("inline")) this.#close(form);
    else form.reset();
  }

  #send(form) {
    const fields = new FormData(form);
    const seq = Number(form.closest(".event")?.dataset.seq) || undefined;
    if (form.dataset.act === "tag") return this.acts.tag(fields.get("tag").trim());
    if (form.dataset.act === "note") return this.acts.note(fields.get("text"), seq);
    if (form.dataset.act === "sentiment") return this.acts.correct(seq, fields.get("label"));
    return this.acts.review();
  }
}

// What an event is, as one says it: “the user's message at 10:00:06, ‘Where is my order?’”.
function named(event) {
  const time = event.querySelector(".permalink time")?.textContent;
  const who = event.querySelector(":scope > header > .who")?.textContent;
  const words = (event.querySelector(":scope > .text, :scope > .what, summary > strong")?.textContent ?? "").replace(/\s+/g, " ").trim();
  const short = [...words].length > QUOTED ? `${[...words].slice(0, QUOTED).join("")}…` : words;
  return `${who ? `the ${who.toLowerCase()}'s message` : "what happened"} at ${time}${short ? `: “${short}”` : ""}`;
}
