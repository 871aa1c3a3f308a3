// Questions and menus.

import { h } from './dom.js';
import { w } from './words.js';

/** Shows a dialog until it is answered. `fields(form)` may add to it; resolves to whether it was confirmed. */
export function ask({ title, body, confirm, danger = false, cancel = w.dialog.cancel, typed }) {
  const field = typed && h('input', { name: 'typed', inputmode: 'numeric', autocomplete: 'off' });
  const go = confirm && h('button', { class: `button ${danger ? 'danger' : 'main'}`, value: 'yes', disabled: Boolean(typed) }, confirm);
  field?.addEventListener('input', () => (go.disabled = field.value.trim() !== String(typed)));
  const heading = h('h2', { id: 'dialog-title', tabindex: '-1' }, title);
  const box = h('dialog', { 'aria-labelledby': 'dialog-title' },
    h('form', { method: 'dialog' }, heading, body,
      field && h('label.field', w.dialog.type(typed), field),
      h('div.actions', h('button.button', { value: '' }, cancel), go)));
  document.body.append(box);
  box.showModal();
  (field ?? heading).focus();
  return new Promise((resolve) => {
    box.addEventListener('close', () => {
      resolve(box.returnValue === 'yes');
      box.remove();
    }, { once: true });
  });
}

/** A button that opens a list of actions: [[label, run]]. */
export function menu(label, items, kind = '') {
  const list = h('ul', { hidden: true }, items.map(([text, run]) =>
    h('li', h('button', { type: 'button', onclick: () => { close(true); run(); } }, text))));
  const button = h('button', { type: 'button', class: `button ${kind}`, 'aria-expanded': 'false', onclick: () => (list.hidden ? open() : close(true)) },
    label, h('span', { 'aria-hidden': 'true' }, '▾'));
  const box = h('div.menu', button, list);
  const outside = (event) => { if (!box.contains(event.target)) close(false); };
  function open() {
    list.hidden = false;
    button.setAttribute('aria-expanded', 'true');
    list.querySelector('button')?.focus();
    document.addEventListener('pointerdown', outside, true);
  }
  function close(back) {
    list.hidden = true;
    button.setAttribute('aria-expanded', 'false');
    document.removeEventListener('pointerdown', outside, true);
    if (back) button.focus();
  }
  box.addEventListener('keydown', (event) => {
    if (list.hidden) return;
    const all = [...list.querySelectorAll('button')];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Escape') close(true);
    else if (step) all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  box.addEventListener('focusout', ({ relatedTarget }) => {
    if (!list.hidden && relatedTarget && !box.contains(relatedTarget)) close(false);
  });
  return box;
}
