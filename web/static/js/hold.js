// Is somebody pointing at the list, or in it from the keyboard, or far down in it? Then nothing may move. It looks at
// the page, and tells.

const LATER = 400; // ms after the pointer has gone

export function watch(list, { held, signal, deep = () => false }) {
  let timer = 0;
  let pointed = false;
  const tell = () => {
    clearTimeout(timer);
    if (pointed || list.contains(document.activeElement) || deep()) held(true);
    else timer = setTimeout(() => held(false), LATER);
  };
  const point = (is) => (event) => {
    if (event.pointerType === "touch") return;
    pointed = is;
    tell();
  };
  list.addEventListener("pointermove", point(true), { signal, passive: true });
  list.addEventListener("pointerleave", point(false), { signal, passive: true });
  for (const name of ["focusin", "focusout"]) list.addEventListener(name, () => setTimeout(tell), { signal });
  addEventListener("scroll", tell, { signal, passive: true });
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
}
