// What a page needs before it is painted, its colours, and what has to wait until it is: the rest of its styles, and its
// module. It stands in the page's head itself, so that nothing flashes and nothing is waited for.
"use strict";
{
  const KEY = "live.theme";
  const CHOICES = ["auto", "light", "dark"];
  const LATEST = 500; // ms after the page was read: a browser that does not tell when it paints waits no longer
  const root = document.documentElement;
  const { then } = document.currentScript.dataset; // the module; it would take the processor from the painting

  const asked = new URLSearchParams(location.search).get("theme"); // a wall's address may say

  const chosen = () => {
    if (asked && CHOICES.includes(asked)) return asked;
    try {
      const kept = localStorage.getItem(KEY);
      return CHOICES.includes(kept) ? kept : "auto";
    } catch {
      return root.dataset.theme ?? "auto"; // no storage here: the choice lasts as long as the page
    }
  };

  const show = (theme) => {
    root.dataset.theme = theme;
    const word = document.querySelector("#theme .word");
    if (word) word.textContent = theme;
  };

  const keep = (theme) => {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // no storage here
    }
    show(theme);
  };

  const skip = (event) => { // moves the focus, not the address: that is the state of the page
    event.preventDefault();
    document.querySelector(event.target.hash).focus();
  };

  const begin = () => { // and says so when the module is there: who drives a browser, as the tests do, can wait for it
    if (!then) return;
    const onload = () => root.classList.add("is-begun");
    document.head.append(Object.assign(document.createElement("script"), { type: "module", src: then, onload }));
  };

  const painted = () => {
    if (root.classList.contains("is-painted")) return;
    root.classList.add("is-painted");
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
    else begin();
  };

  root.classList.add("js");
  show(chosen());
  if (globalThis.PerformanceObserver?.supportedEntryTypes?.includes("paint")) {
    new PerformanceObserver(painted).observe({ type: "paint", buffered: true });
  }
  document.addEventListener("DOMContentLoaded", () => {
    show(root.dataset.theme);
    setTimeout(painted, document.hidden ? 0 : LATEST); // who looks elsewhere sees no paint, and the page is live all the same
    for (const link of document.querySelectorAll(".skip")) link.addEventListener("click", skip);
    document.getElementById("theme")?.addEventListener("click", () => {
      keep(CHOICES[(CHOICES.indexOf(root.dataset.theme) + 1) % CHOICES.length]);
    });
  });
  addEventListener("storage", (event) => {
    if (event.key === KEY) show(chosen());
  });
}
