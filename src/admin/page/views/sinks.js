// Sinks: who is behind, what was given up?

import { h, fill, patch } from '../dom.js';
import { isWhole, card, emptyCard, head, table, load, sinkRow, sinkColumns } from '../pieces.js';
import { w } from '../words.js';

export function open(root, route, app, signal) {
  const body = h('tbody');
  const subtitle = h('p');
  let each;
  let drawn = false;

  function draw(sinks) {
    if (!drawn) {
      const page = sinks.length === 0
        ? emptyCard(w.sinks.none, h('p', w.sinks.noneText))
        : card(null, null, table(w.sinks.title, sinkColumns(each, '24h'), body));
      const title = head(w.sinks.title);
      title.firstChild.append(subtitle);
      fill(root, title, page);
      drawn = true;
    }
    fill(subtitle, w.sinks.subtitle(sinks.filter(isWhole).length, sinks.length));
    patch(body, sinks, ({ name }) => name, (sink) => sinkRow(app, sink, each));
  }

  const read = () => Promise.all([app.api.get('/api/sinks', {}, signal), app.api.get('/api/series', { window: '24h', each: 1 }, signal)]);
  const reload = () => load(app, root, signal, read, ([answer, series]) => {
    each = series.each;
    draw(answer.sinks);
  });

  return {
    ready: reload(),
    reload,
    update(kind, items) {
      if (kind === 'status' && drawn && items[0].sinks) draw(items[0].sinks);
      else if (kind === 'returned') reload();
    },
  };
}
