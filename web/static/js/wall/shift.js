// Where the picture stands, so that it burns no screen in: a step a minute, there and back. Pure.

const PATH = [[0, 0], [1, 0], [2, 0], [2, 1], [1, 1], [0, 1], [0, 2], [1, 2], [2, 2]];
const STAY = 60_000; // ms
export const REACH = 2; // steps, in each direction: the room that the picture leaves for it

// {x, y} in steps.
export function shifted(now) {
  const round = 2 * (PATH.length - 1);
  const at = Math.floor(now / STAY) % round;
  const [x, y] = PATH[at < PATH.length ? at : round - at];
  return { x, y };
}
