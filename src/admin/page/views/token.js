// The token view: the API answered 401.

import { h, fill } from '../dom.js';
import { w } from '../words.js';

export function open(root, route, app, signal) {
  const field = h('input', { type: 'password', name: 'token', autocomplete: 'off', spellcheck: 'false', required: true });
  const keep = h('input', { type: 'checkbox', checked: true });
  const wrong = h('p.bad', { role: 'alert', hidden: true }, w.token.wrong);
  const go = h('button.button.main', w.token.open);

  async function enter(event) {
    event.preventDefault();
    go.disabled = true;
    wrong.hidden = true;
    app.api.setToken(field.value.trim(), keep.checked);
    try {
      await app.api.get('/api/sinks', {}, signal);
      app.enter();
    } catch (error) {
      if (signal.aborted) return;
      app.api.setToken('', false);
      fill(wrong, error.status === 401 ? w.token.wrong : w.errors.of(error));
      wrong.hidden = false;
      go.disabled = false;
      field.select();
    }
  }

  fill(root, h('section.card.gate',
    h('h1', { tabindex: '-1' }, w.token.title),
    h('p.soft', w.token.text),
    h('form', { onsubmit: enter },
      h('label', w.token.label, field), wrong,
      h('label.check', keep, w.token.keep), go)));
  field.focus();
  return { placed: () => true };
}
