// How large the wall's letters may be, so that all tiles are seen at once. Pure.

const WIDE = 18.5; // em of a tile with its gap
const HIGH = 10;
const STEPS = [4, 6, 9, 12, 16, 20, 25, 30, 36, 42, 49, 56, 64, 80, 100, 150, 200]; // one more tile seldom changes it

// px for `count` tiles on a board of this size (px), between `least` and `most`.
export function fit({ count, width, height, least = 13, most = 40 }) {
  const room = STEPS.find((step) => count <= step) ?? count;
  let best = 0;
  for (let columns = 1; columns <= room; columns += 1) {
    const rows = Math.ceil(room / columns);
    best = Math.max(best, Math.min(width / columns / WIDE, height / rows / HIGH));
  }
  return Math.min(most, Math.max(least, Math.floor(best * 4) / 4));
}
