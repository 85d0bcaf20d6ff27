// Makes one piece of the page equal to another, and keeps every node that can stay: so focus, selection and what is
// typed stay too. Children with the same data-key (or id) belong together. It paints and never thinks.

// `keep` are attributes that the page sets by itself.
export function morph(from, to, { keep = [] } = {}) {
  attributes(from, to, keep);
  if (from instanceof HTMLTemplateElement) {
    if (from.innerHTML !== to.innerHTML) from.innerHTML = to.innerHTML;
    return;
  }
  children(from, to, keep);
}

function attributes(from, to, keep) {
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && !keep.includes(name) && !own(from, name)) from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) !== value && !own(from, name)) from.setAttribute(name, value);
  }
  if (from instanceof HTMLInputElement && from !== document.activeElement) {
    if ("own" in from.dataset) return; // the page sets it by itself
    if (from.type === "checkbox") from.checked = to.checked;
    else from.value = to.getAttribute("value") ?? "";
  } else if (from instanceof HTMLOptionElement) {
    from.selected = to.hasAttribute("selected");
  }
}

// What the reader has opened stays open.
function own(element, name) {
  return name === "open" && (element instanceof HTMLDetailsElement || element instanceof HTMLDialogElement);
}

function children(from, to, keep) {
  const keyed = new Map();
  for (const child of from.children) if (key(child)) keyed.set(key(child), child);
  let at = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const known = key(wanted) ? keyed.get(key(wanted)) : null;
    if (known) {
      if (known === at) at = at.nextSibling;
      else from.insertBefore(known, at);
      morph(known, wanted, { keep });
    } else if (at && !key(at) && at.nodeType === wanted.nodeType && at.nodeName === wanted.nodeName && !key(wanted)) {
      const next = at.nextSibling;
      if (at.nodeType === Node.ELEMENT_NODE) morph(at, wanted, { keep });
      else if (at.data !== wanted.data) at.data = wanted.data;
      at = next;
    } else {
      from.insertBefore(document.importNode(wanted, true), at);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function key(node) {
  return node.nodeType === Node.ELEMENT_NODE ? node.dataset.key || node.id : "";
}
