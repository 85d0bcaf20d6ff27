// How a wall's tiles fill their room: how large the letters may be, and what of a card is shown. Pure.

// em of a tile with its gap. Each is smaller by what matters least: roomy has all; normal is without goals and blocks;
// compact keeps name, need or last words, age; dense keeps name, mood, need and age, and is as wide as "no source 59 min".
export const DENSITIES = {
  roomy: { wide: 18, high: 10.4 },
  normal: { wide: 14.5, high: 6.7 },
  compact: { wide: 14, high: 3.4 },
  dense: { wide: 9.7, high: 3.1 },
};
const STEPS = [4, 6, 9, 12, 16, 20, 25, 30, 36, 42, 49, 56, 64, 80, 100, 120, 150, 200]; // one more seldom changes it

// For `count` tiles on a board of this size (px): {density, size (px of a letter), columns, rows, fits (are all seen?),
// high (px of a row, where they are not)}.
// `floor` is what can be read from across the room: the richest density whose letters are as large is taken. Where
// none is, letters shrink down to `least`; of pages (`paged`) there are more instead.
export function fit({ count, width, height, density = "auto", floor, least, most, paged = false }) {
  const room = STEPS.find((step) => count <= step) ?? count;
  const kinds = Object.keys(DENSITIES).filter((kind) => density === "auto" || kind === density);
  const found = kinds.map((kind) => largest(kind, { room, width, height, most }));
  const best = found.find(({ size }) => size >= floor) ?? found.at(-1);
  const bottom = paged ? floor : least;
  if (best.size >= bottom) return { ...best, rows: Math.ceil(Math.max(1, count) / best.columns), fits: true };
  const { wide, high } = DENSITIES[best.density];
  const columns = Math.max(1, Math.floor(width / (wide * bottom)));
  const rows = Math.max(1, Math.floor(height / (high * bottom)));
  return { density: best.density, size: bottom, columns, rows, high: paged ? height / rows : high * bottom, fits: columns * rows >= count };
}

function largest(density, { room, width, height, most }) {
  const { wide, high } = DENSITIES[density];
  let best = { density, size: 0, columns: 1, rows: room };
  for (let columns = 1; columns <= room; columns += 1) {
    const rows = Math.ceil(room / columns);
    const size = Math.min(most, Math.floor(Math.min(width / columns / wide, height / rows / high) * 4) / 4);
    if (size > best.size) best = { density, size, columns, rows };
  }
  return best;
}
