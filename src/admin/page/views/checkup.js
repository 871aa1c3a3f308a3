// Check-up: is everything right from here?

import { h, fill } from '../dom.js';
import { state, button, head, card, load } from '../pieces.js';
import { w } from '../words.js';

const drawCheck = ({ name, state: found, text, fix }) => h('div.item', state(found, w.check(found)),
  h('div', h('strong', name), ' ', text, fix && found !== 'ok' && h('p.soft', fix)));

export function open(root, route, app, signal) {
  const probes = new Map();
  let checks = [];

  const item = (name) => root.querySelector(`[data-key="${CSS.escape(name)}"]`);
  const ask = async (body) => (await app.api.post('/api/checkup', {}, body, signal)).checks;

  function draw() {
    const count = (wanted) => checks.filter((check) => check.state === wanted).length;
    const { endpoints = [] } = app.status ?? {};
    fill(root, head(w.checkup.title, w.checkup.all(count('bad'), count('warn')), button(w.checkup.run, run, 'main')),
      card(w.checkup.here, null, checks.map(drawCheck)),
      endpoints.length > 0 && app.mayChange() && card(w.checkup.endpoints, null, endpoints.map(({ name, path }) => [
        h('div.item', { 'data-key': name }, h('strong', name), h('span.soft', path), button(w.checkup.probe, () => probe(name))),
        (probes.get(name) ?? []).map(drawCheck)])));
  }

  async function probe(name) {
    const pressed = item(name).querySelector('button');
    pressed.disabled = true;
    pressed.textContent = w.checkup.running;
    probes.set(name, await ask({ endpoint: name }).catch((error) => [{ name, state: 'bad', text: w.errors.of(error) }]));
    if (signal.aborted) return;
    draw();
    item(name).querySelector('button').focus();
  }

  async function run(event) {
    if (event) event.target.disabled = true;
    await load(app, root, signal, () => ask({}), (answer) => {
      checks = answer;
      draw();
      if (event) root.querySelector('.head button').focus();
      else if (route.query.endpoint) item(route.query.endpoint)?.scrollIntoView({ block: 'center' });
    });
  }

  return { ready: run(), reload: () => run() };
}
