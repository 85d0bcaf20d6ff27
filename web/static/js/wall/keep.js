// The form that keeps the wall as a saved view. It paints.

import { request } from "../request.js";
import { write } from "../signs.js";

const VISIT = ["view", "cursor", "kiosk"]; // of this visit, not of the view

export function keep(form, { signal }) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const problem = form.querySelector("[role=alert]");
    const address = new URLSearchParams(location.search);
    for (const name of VISIT) address.delete(name);
    const { saved, shared } = form.elements;
    const told = { name: saved.value.trim(), query: address.toString(), shared: shared?.checked ?? false };
    const { view } = form.dataset;
    const update = event.submitter?.value === "update";
    write(problem, "");
    try {
      const answer = update
        ? await request(`/api/v1/views/${view}`, { method: "PATCH", body: told, signal })
        : await request("/api/v1/views", { body: { ...told, page: "wall" }, signal });
      location.assign(`/views/${(await answer.json()).id}`);
    } catch (error) {
      write(problem, error.message);
    }
  }, { signal });
}
