// The colours, before the page is painted: as the system says, unless light or dark was chosen here; and when it has been
// painted. A classic script in the head, so that nothing flashes.
"use strict";
{
  const KEY = "live.theme";
  const CHOICES = ["auto", "light", "dark"];
  const root = document.documentElement;

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

  root.classList.add("js");
  show(chosen());
  document.addEventListener("DOMContentLoaded", () => {
    show(root.dataset.theme);
    // a closed group of filters has nothing in it until then: see filters.css
    requestAnimationFrame(() => setTimeout(() => root.classList.add("is-painted")));
    document.getElementById("theme")?.addEventListener("click", () => {
      keep(CHOICES[(CHOICES.indexOf(root.dataset.theme) + 1) % CHOICES.length]);
    });
  });
  addEventListener("storage", (event) => {
    if (event.key === KEY) show(chosen());
  });
}
