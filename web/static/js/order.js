// The orders that a list of sessions can have, as live/order.py has them: a key sorts ascending, equals by session
// id. Pure.

const WHYS = [
  "asks_human", "turned_negative", "waiting", "repeated", "unanswered", "goal_failed", "tool_error", "agent_failed",
];
const UNSCORED = 2;
const NEED = 2 ** 43;

const KEYS = {
  recent: (card) => -Date.parse(card.last),
  started: (card) => -Date.parse(card.started),
  attention: (card) => {
    if (!card.attention.length) return 0;
    const worst = Math.min(...card.attention.map(({ why }) => WHYS.indexOf(why)));
    const need = (WHYS.length - worst) * 10 + card.attention.length;
    return -need * NEED + Math.min(...card.attention.map(({ since }) => Date.parse(since)));
  },
  waiting: (card) => {
    const need = card.attention.find(({ why }) => why === "waiting");
    return need ? within(Date.parse(need.since)) - 2 * NEED : -within(Date.parse(card.last));
  },
  duration: (card) => -card.duration_ms,
  messages: ({ messages }) => -(messages.user + messages.assistant + messages.operator),
  sentiment: ({ sentiment }) => sentiment.score ?? UNSCORED,
};

// A time that no need outweighs.
function within(ms) {
  return Math.min(Math.max(0, ms), NEED - 1);
}

export const keyOf = (sort, card) => (KEYS[sort] ?? KEYS.recent)(card);

// The ids of cards, in order.
export function inOrder(cards, sort) {
  const keyed = Array.from(cards, (card) => ({ id: card.session, key: keyOf(sort, card) }));
  return keyed.sort((a, b) => a.key - b.key || byPoint(a.id, b.id)).map(({ id }) => id);
}

// By code point, as the hub sorts; JavaScript by itself compares half characters.
export function byPoint(a, b) {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const one = a.charCodeAt(i);
    const other = b.charCodeAt(i);
    if (one !== other) return lifted(one) - lifted(other);
  }
  return a.length - b.length;
}

// Surrogates stand for characters above all others.
function lifted(unit) {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}
