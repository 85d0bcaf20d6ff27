// The strip of totals: each number, its last hour as a line, its level in colour, shape and word. It paints and never
// thinks.

import { write } from "../signs.js";
import { NAMES, path } from "./totals.js";

const BOX = { width: 120, height: 24 }; // as the viewBox in the template
const LONG = 5; // letters of a number; one with more has to be smaller
const WORDS = { alarm: "alarm", warn: "warning" };

export function showTotals(page, { totals, alarms, counts }) {
  const values = totals.values(counts);
  for (const name of NAMES) {
    const cell = page.querySelector(`.totals [data-of="${name}"]`);
    const value = values[name];
    const number = cell.querySelector("[data-count]");
    const text = value === undefined ? "–" : value.toLocaleString("en-GB");
    write(number, text);
    number.toggleAttribute("data-long", text.length > LONG);
    const line = cell.querySelector("path");
    const drawn = path(totals.course(name), BOX);
    if (line.getAttribute("d") !== drawn) line.setAttribute("d", drawn);
    const level = alarms.level(name);
    if (cell.dataset.level !== level) cell.dataset.level = level;
    write(cell.querySelector(".level .word"), WORDS[level] ?? "");
  }
}
