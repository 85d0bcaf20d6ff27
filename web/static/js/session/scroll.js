// Where the reader stands on the page, measured and set. It paints and never thinks.

const NEAR = 72; // px from the end that still count as being there

const page = () => document.scrollingElement;

export function nearEnd() {
  const { scrollHeight, scrollTop, clientHeight } = page();
  return scrollHeight - scrollTop - clientHeight <= NEAR;
}

export function toEnd() {
  page().scrollTo({ top: page().scrollHeight, behavior: "instant" });
}

// What comes in above must not move what is read: where a node stands, and back to where it stood.
export function placeOf(node) {
  return node && { node, top: node.getBoundingClientRect().top };
}

export function keepPlace(place) {
  if (!place?.node.isConnected) return;
  page().scrollBy({ top: place.node.getBoundingClientRect().top - place.top, behavior: "instant" });
}

// Tells `moved(near, up)` of every scroll by the reader; `up` is whether it went against the stream.
export function follow(moved, { signal }) {
  let last = page().scrollTop;
  addEventListener("scroll", () => {
    const now = page().scrollTop;
    moved(nearEnd(), now < last);
    last = now;
  }, { passive: true, signal });
}
