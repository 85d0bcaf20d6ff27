// Which of a long list's entries are near the screen, given that all have one size. Pure.

export const OVER = 12; // entries beyond the screen, above and below, that are there as well

// {first, last (exclusive), before, after (px of what is not there)} of `count` entries in `columns`, each `size` px
// high with its gap; `top` px of the list are above the screen, which is `height` px high.
export function span({ count, columns, size, top, height, over = OVER }) {
  const lines = Math.ceil(count / columns);
  const spare = Math.ceil(over / columns);
  const from = clamp(Math.floor(top / size) - spare, 0, Math.max(0, lines - 1));
  const until = clamp(Math.ceil((top + height) / size) + spare, from + 1, lines);
  return {
    first: from * columns,
    last: Math.min(count, until * columns),
    before: from * size,
    after: Math.max(0, lines - until) * size,
  };
}

function clamp(value, least, most) {
  return Math.max(least, Math.min(most, value));
}
