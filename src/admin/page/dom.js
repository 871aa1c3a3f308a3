// Elements by call instead of markup: text can only become text.

const svgTags = ['svg', 'use', 'path', 'rect', 'line'];

function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child != null && child !== false) node.append(child);
  }
}

/**
 * h('a.strong', { href, onclick }, 'text', node, [nodes], null): classes stand behind the name, properties that are functions
 * listen, and the attributes may be left out.
 */
export function h(selector, attributes, ...children) {
  if (attributes?.constructor !== Object) return h(selector, {}, attributes, ...children);
  const [tag, ...classes] = selector.split('.');
  const node = svgTags.includes(tag) ? document.createElementNS('http://www.w3.org/2000/svg', tag) : document.createElement(tag);
  const given = { class: classes.filter(Boolean).join(' ') || null, ...attributes };
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === 'function') node.addEventListener(name.slice(2), value);
    else if (value != null && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  append(node, children);
  return node;
}

export const icon = (name, label) =>
  h('svg', { class: `icon ${name}`, ...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': 'true' }) },
    h('use', { href: `#i-${name}` }));

/** Puts `children` in place of what is there, and leaves what is the same as it is. */
export function fill(node, ...children) {
  const fresh = document.createDocumentFragment();
  append(fresh, children);
  if (!sameContent(node, fresh)) node.replaceChildren(fresh);
  return node;
}

const sameContent = (a, b) =>
  a.childNodes.length === b.childNodes.length && [...a.childNodes].every((child, i) => child.isEqualNode(b.childNodes[i]));

/** Makes the children of `parent` those of `items`, by key: a node that stays is not moved and keeps its focus. */
export function patch(parent, items, keyOf, make, update = (node, item) => refresh(node, make(item))) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  let at = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    let node = old.get(key);
    old.delete(key);
    const isNew = !node;
    if (isNew) {
      node = make(item);
      node.dataset.key = key;
    }
    if (node === at) at = at.nextElementSibling;
    else parent.insertBefore(node, at);
    if (!isNew) update(node, item);
  }
  for (const node of old.values()) node.remove();
}

/** Takes `node` away, or puts `fresh` in its place; the focus that stood in it goes on. */
export function exchange(node, fresh, next = fresh) {
  const had = node.contains(document.activeElement);
  node.replaceWith(...fresh ? [fresh] : []);
  if (had) (next?.querySelector('button') ?? document.querySelector('h1')).focus();
}

/** A row whose content is made anew, but only where it differs. */
export function refresh(node, fresh) {
  if (node.isEqualNode(fresh)) return;
  if (node.contains(document.activeElement) || node.matches(':hover')) refreshCells(node, fresh);
  else node.replaceWith(fresh);
}

/** Its children one by one, but for the one that has the focus. */
export function refreshCells(node, fresh) {
  [...fresh.children].forEach((cell, i) => {
    const there = node.children[i];
    if (there && !there.isEqualNode(cell) && !there.contains(document.activeElement)) there.replaceWith(cell);
  });
}
