// Sinks: who is behind, what was given up?

import { h, fill, patch, refresh, isWhole, card, head, table, load } from '../dom.js';
import { words as w } from '../words.js';
import { sinkRow, sinkColumns } from './now.js';

export function open(root, route, app) {
  const end = new AbortController();
  const body = h('tbody');
  const subtitle = h('p');
  let each;
  let drawn = false;

  function draw(sinks) {
    if (!drawn) {
      const page = sinks.length === 0
        ? h('section', { class: 'card empty' }, h('h2', {}, w.sinks.none), h('p', {}, w.sinks.noneText))
        : card(null, null, table(w.sinks.title, sinkColumns(each, w.now.span['24h']), body));
      const title = head(w.sinks.title);
      title.firstChild.append(subtitle);
      fill(root, title, page);
      drawn = true;
    }
    fill(subtitle, w.sinks.subtitle(sinks.filter(isWhole).length, sinks.length));
    patch(body, sinks, ({ name }) => name, (sink) => sinkRow(app, sink, each), (node, sink) => refresh(node, sinkRow(app, sink, each)));
  }

  const read = () => Promise.all([app.api.get('/api/sinks', {}, end.signal), app.api.get('/api/series', { window: '24h', each: 1 }, end.signal).catch(() => null)]);
  const reload = () => load(app, root, end.signal, read, ([answer, series]) => {
    each = series?.each;
    draw(answer.sinks);
  });

  return {
    ready: reload(),
    close: () => end.abort(),
    reload,
    update(kind, items) {
      if (kind === 'status' && drawn && items[0].sinks) draw(items[0].sinks);
      else if (kind === 'returned') reload();
    },
  };
}
