// Setup: what is in force?

import { h, fill } from '../dom.js';
import { button, head, card, load } from '../pieces.js';
import { w } from '../words.js';
import { link } from '../format.js';

const between = (parts, mark = ', ') => parts.flatMap((part, i) => (i > 0 ? [mark, part] : [part]));
const codes = (list) => between(list.map((text) => h('code', text)));

/** "`*.order.paid` where ... -> crm, 212 in 24 h" */
export function routeItem(app, { name, events, endpoints = ['*'], where = [], sinks, matched_24h: matched }) {
  return h('div.item', h('strong', name ?? ''),
    h('span', codes(events), endpoints.join() !== '*' && [` ${w.setup.from} `, codes(endpoints)], where.length > 0 && [` ${w.setup.where} `, codes(where)],
      ` ${w.setup.to} `, between(sinks.map((sink) => h('a', { href: link('sinks', sink) }, sink)))),
    h('span.soft', matched !== undefined && w.setup.matched(app.format.count(matched))));
}

const isSecret = (value) => value !== null && typeof value === 'object' && 'set' in value;
const shown = (value) => (isSecret(value) ? w.setup.secret(value) : typeof value === 'boolean' ? w.setup[value ? 'yes' : 'no'] : Array.isArray(value) ? value.map(shown).join(', ')
  : value !== null && typeof value === 'object' ? Object.entries(value).map(([name, inner]) => `${name} ${shown(inner)}`).join(', ') : String(value ?? ''));

const facts = (object) => h('dl.facts.pad', Object.entries(object ?? {}).map(([name, value]) => [h('dt', name), h('dd', shown(value))]));
const secrets = (object) => Object.values({ ...object, ...object.secrets }).filter(isSecret).map(shown).join('; ');

export function open(root, route, app, signal) {
  const item = (one, section, place, kind) => h('div.item', h('a.strong', { href: section === 'sinks' ? link(section, one.name) : link(section, '', { endpoint: one.name }) }, one.name),
    h('span', h('code', place), h('div.soft.small', secrets(one))), h('span.soft', kind));

  function draw(config, problems = config.problems ?? []) {
    const again = app.mayChange() && button(w.setup.reload, reload, config.differs ? 'main' : '');
    fill(root, head(w.setup.title, w.setup.subtitle(config.file, config.loaded_at && app.format.when(config.loaded_at)), again),
      config.differs && h('div.bar', w.setup.differs),
      config.restart_needed?.length > 0 && h('div.bar', w.setup.restart(config.restart_needed)),
      problems.length > 0 && card(w.setup.refused, null, h('pre.code', { tabindex: 0 }, problems.map((one) => one.text ?? one).join('\n'))),
      card(w.setup.endpoints, null, (config.endpoints ?? []).map((one) => item(one, 'events', one.path, one.provider))),
      card(w.setup.routes, null, (config.routes ?? []).map((one) => routeItem(app, one))),
      card(w.setup.sinks, null, (config.sinks ?? []).map((one) => item(one, 'sinks', one.target ?? '', one.type))),
      h('div.charts', card(w.setup.server, null, facts(config.server)), card(w.setup.inbox, null, facts(config.inbox))));
  }

  async function reload() {
    const answer = await app.act(w.setup.reload, () => app.api.post('/api/reload'), ({ problems }) => (problems?.length > 0 ? w.setup.refused : w.setup.reloaded));
    if (answer) await show(answer.problems);
    root.querySelector('.head button')?.focus();
  }

  const show = (problems) => load(app, root, signal, () => app.api.get('/api/config', {}, signal), (config) => draw(config, problems));

  return { ready: show(), reload: show, update: (kind) => kind === 'returned' && show() };
}
