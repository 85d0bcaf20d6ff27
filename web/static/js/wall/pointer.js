// A pointer that nobody moves is no part of the picture, and holds nothing still. It looks at the page, and paints.

const STILL = 3000; // ms, where only the wall is on the screen
const READING = 30_000; // ms, in a window: one may read with the pointer at rest

// `full()`: is only the wall on the screen?
export function hidePointer(board, { full, signal }) {
  const root = document.body;
  let timer = 0;
  const rest = () => {
    root.classList.add("is-idle");
    for (const list of board.querySelectorAll("ol")) list.dispatchEvent(new PointerEvent("pointerleave"));
  };
  const wake = () => {
    clearTimeout(timer);
    root.classList.remove("is-idle");
    timer = setTimeout(rest, full() ? STILL : READING);
  };
  for (const name of ["pointermove", "pointerdown"]) addEventListener(name, wake, { signal, passive: true });
  document.addEventListener("fullscreenchange", wake, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  wake();
}
