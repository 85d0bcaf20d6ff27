// A decision in the light of others: how its block was entered, and how the agent decided there in other sessions.

import { clock } from "./formats.js";
import { filled } from "./fill.js";
import { readDecisions } from "./reads.js";

// `template` paints a decision; `entry(block, seq)` gives the event by which the block was entered before that one.
export function compare(root, { session, template, entry, signal }) {
  root.addEventListener("toggle", async ({ target }) => {
    const place = target.open && target.querySelector?.(":scope > .why > .in-block > .entered");
    if (!place || place.textContent) return;
    const { compare: block } = place.parentElement.querySelector("[data-compare]").dataset;
    const event = await entry(block, Number(target.closest(".decision").dataset.seq));
    if (event) place.textContent = `Block entered ${clock(event.at)}${event.via ? `, via ${event.via}` : ""}.`;
  }, { capture: true, signal });
  root.addEventListener("click", async (event) => {
    const link = event.target.closest?.("[data-compare]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const place = link.parentElement.querySelector(".others");
    if (place.firstChild) {
      place.replaceChildren();
      return;
    }
    const { decisions, problem } = await readDecisions(link.dataset.compare, { but: session, signal });
    place.replaceChildren(decisions?.length ? list(decisions, template) : said(problem ?? "No other session has a decision in this block."));
  }, { signal });
}

function list(decisions, template) {
  const all = document.createElement("ul");
  for (const { session, name, event } of decisions) {
    const item = document.createElement("li");
    const whose = document.createElement("a");
    whose.className = "whose";
    whose.href = `/sessions/${encodeURIComponent(session)}?seq=${event.seq}#e-${event.seq}`;
    const title = document.createElement("bdi");
    title.textContent = name;
    whose.append(title, ` ${clock(event.at)}`);
    item.append(whose, elsewhere(event, template));
    all.append(item);
  }
  return all;
}

// As in its own transcript, but no event of this one.
function elsewhere(event, template) {
  const made = filled(template, event).firstElementChild;
  for (const name of ["id", "data-seq", "data-id", "data-type", "tabindex"]) made.removeAttribute(name);
  made.classList.remove("event");
  made.querySelector(".permalink")?.remove();
  return made;
}

function said(words) {
  const line = document.createElement("p");
  line.textContent = words;
  return line;
}
