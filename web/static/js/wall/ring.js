// The button of the sound: tries it, and says when the browser blocks it. It paints.

import { write } from "../signs.js";
import { Sound } from "./sound.js";

// -> `play()`
export function ring(button, { signal }) {
  const sound = new Sound();
  const show = (heard) => {
    button.dataset.state = heard ? "ready" : "blocked";
    write(button.querySelector(".word"), heard ? "Sound on" : "Sound blocked by the browser: press a key");
  };
  button.hidden = false;
  button.addEventListener("click", async () => show(await sound.play()), { signal });
  for (const name of ["keydown", "pointerdown"]) {
    document.addEventListener(name, async () => {
      if (button.dataset.state === "blocked") show(await sound.ready());
    }, { signal });
  }
  sound.ready().then(show);
  return async () => show(await sound.play());
}

// A button that only tries how it sounds.
export function tryOut(button, { signal }) {
  const sound = new Sound();
  button.addEventListener("click", async () => {
    button.dataset.state = (await sound.play()) ? "heard" : "blocked";
    write(button.parentElement.querySelector("[role=status]"), button.dataset.state === "blocked" ? "Blocked by the browser." : "");
  }, { signal });
}
