// Who needs eyes, why, since when: of all cards of the list, the worst first, then who has waited longest. Channels
// that went silent come before them: they speak for many. It thinks and never touches the page.

import { glance } from "../glance.js";
import { keyOf } from "../order.js";
import { why } from "../session/formats.js";

export const MOST = 16; // more do not fit on a line

// [{key, title, words, since (RFC 3339), href, level}] of cards and of silent channels ([{name, last}]).
export function eyes(cards, { silent = [], now }) {
  const channels = silent.map(({ name, last }) => ({
    key: `channel ${name}`,
    title: name,
    words: "channel silent",
    since: last,
    href: `/sessions?channel=${encodeURIComponent(escaped(name))}&sort=recent`,
    level: "channel",
  }));
  const need = cards.filter(({ attention }) => attention.length).map((card) => ({ card, at: keyOf("attention", card) }));
  need.sort((a, b) => a.at - b.at);
  const people = need.slice(0, MOST).map(({ card }) => {
    const { title, needs: [first] } = glance(card, { now });
    return { key: card.session, title, words: why(first.why), since: first.since, href: first.href, level: first.why };
  });
  return [...channels, ...people].slice(0, MOST);
}

// As the filter language has it.
function escaped(name) {
  return name.replace(/[\\,!:]/g, "\\$&");
}
