// A list as it stands, or will stand in a moment, on the wall: its tiles and what keeps them live. `end` lets go of all
// of it.

import { Follow } from "../follow.js";
import { Tiles } from "./tiles.js";

export class Scene {
  #end = new AbortController();
  #drawn = false;

  // `changed(scene)` is called when the view or what is shown of it is another.
  constructor({ stop, list, template, socket, clock, health, changed, refused }) {
    const { signal } = this.#end;
    Object.assign(this, { stop, list });
    this.follow = new Follow({
      page: { dataset: stop }, list, template, socket, clock, health, signal, refused,
      changed: () => changed(this),
      painter: (shown) => (this.tiles = new Tiles(list, template, { shown, signal })),
    });
  }

  get ready() {
    return this.follow.view.ready;
  }

  // Have all that have a place been there once? Hundreds come in some frames, and a wall that lacks some is not live.
  drawn({ room }) {
    const wanted = this.ready ? Math.min(room, this.follow.listing.shown.length) : Infinity;
    this.#drawn ||= this.list.childElementCount >= wanted;
    return this.#drawn;
  }

  end() {
    this.#end.abort();
  }
}

// The place for the tiles of the next list: as the one that stands there, without its tiles.
export function blank(list) {
  const made = list.cloneNode(false);
  made.removeAttribute("style");
  return made;
}
