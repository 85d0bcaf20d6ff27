// The side panel's facts: the newest card, and what was collected. It thinks and never touches the page.

export class Card {
  constructor({ card, collected, head }) {
    this.card = card;
    this.collected = new Map(Object.entries(collected));
    this.seen = head; // the last seq whose data is in `collected`
  }

  // A frame of the socket: an older card, and events seen before, change nothing. Returns whether anything did.
  take({ events, card }) {
    let changed = false;
    for (const event of events) {
      if (event.seq <= this.seen) continue;
      this.seen = event.seq;
      if (event.type !== "data.collected") continue;
      this.collected.set(event.field, { value: event.value, seq: event.seq });
      changed = true;
    }
    return this.renew(card) || changed;
  }

  renew(card) {
    if (!card || card.rev <= this.card.rev) return false;
    this.card = card;
    return true;
  }

  get shown() {
    return shown(this.card, [...this.collected]);
  }
}

// A card as the panel reads it; `panel` in live/pages/session.py is its twin. `collected`: [field, {value, seq}] each.
export function shown(card, collected) {
  const { block, blocks, exited } = card;
  const state = (name) => (name === block ? "here" : exited.includes(name) ? "left" : "reached");
  return {
    ...card,
    path: blocks.map((name) => ({ name, state: state(name) })),
    collected: collected.map(([field, found]) => ({ field, ...found })),
  };
}
