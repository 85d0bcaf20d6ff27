// What the page offers, read off it: the fields and values of the filter bar, the views, the commands. It only looks.

// {field: [{value, count}]}, as the bar has them.
export function known(page) {
  const found = {};
  for (const group of page.querySelectorAll("#groups .group[data-field]")) {
    found[group.dataset.field] = [...group.querySelectorAll(".option")].map((option) => ({
      value: option.dataset.key, count: Number(option.querySelector(".count")?.textContent ?? 0),
    }));
  }
  return { fields: page.querySelector("#groups").dataset.fields.split(" "), known: found };
}

// For the palette. `go(address)` goes to another state of this page.
export function things(page, { go }) {
  const links = (selector, of) => [...page.querySelectorAll(selector)].map((link) => ({
    of, what: link.textContent.trim().replace(/\s+/g, " "), go: () => link.click(),
  }));
  const filters = [...page.querySelectorAll("#groups .option")].map((option) => ({
    of: option.closest(".group").querySelector("summary").firstChild.textContent.trim(),
    what: option.querySelector(".label").textContent.trim(),
    count: option.querySelector(".count")?.textContent ?? "",
    go: () => option.querySelector("input").click(),
  }));
  const sorts = [...page.querySelectorAll("select[name=sort] > option")].map((option) => ({
    of: "sort by", what: option.textContent,
    go: () => {
      option.parentElement.value = option.value;
      option.parentElement.dispatchEvent(new Event("change", { bubbles: true }));
    },
  }));
  return [
    ...links("#saved li > a", "view"),
    { of: "page", what: "Wall", go: () => location.assign("/wall") },
    { of: "page", what: "This filter on the wall", go: () => location.assign(`/wall?${page.dataset.filter}`) },
    ...links(".switch a, #columns a", "look"),
    ...links("#chips .chip > a", "remove"),
    { of: "filter", what: "Clear all filters", go: () => go(`?sort=${page.dataset.sort}`) },
    ...sorts,
    ...filters,
  ];
}
