// In the filter bar: what one types under a field narrows its values; Enter takes the name as it stands. It paints.

export class Narrow {
  constructor({ page, signal }) {
    page.addEventListener("input", ({ target }) => {
      if (target.matches(".group input[data-narrows]")) narrow(target);
    }, { signal });
    page.addEventListener("keydown", (event) => {
      const { target, key } = event;
      if (key !== "Escape" || !target.matches(".group input[data-narrows]") || !target.value) return;
      target.value = "";
      narrow(target);
    }, { signal });
  }
}

function narrow(input) {
  const group = input.closest(".group");
  const wanted = input.value.trim().toLowerCase().replace(/^!/, "").replace(/^[a-z]+:/, "");
  for (const option of group.querySelectorAll(".option")) {
    option.hidden = wanted !== "" && !option.querySelector(".label").textContent.toLowerCase().includes(wanted);
  }
  for (const rest of group.querySelectorAll(".rest")) {
    if (wanted) rest.open = true;
  }
}
