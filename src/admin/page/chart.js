// Charts of at most some hundred points, as SVG: read by screen readers, coloured by the style sheet.

import { h } from './dom.js';
import { words as w } from './words.js';

const steps = [1, 2, 4, 6, 8, 10, 12, 16, 20, 30, 40, 50, 60, 80, 100];

export function niceTop(most) {
  if (!(most > 0)) return 1;
  const scale = 10 ** Math.max(0, Math.floor(Math.log10(most)) - 1);
  return (steps.find((step) => step * scale >= most) ?? 100) * scale;
}

const known = (values) => values.filter((value) => value !== null && value !== undefined);

/** Stacks of bars; the first of `series` stands at the bottom. */
function barMarks(series, top, width) {
  const count = series[0].values.length;
  const marks = [];
  for (let i = 0; i < count; i += 1) {
    let foot = 100;
    for (const { values, colour } of series) {
      const height = ((values[i] ?? 0) / top) * 100;
      if (height <= 0) continue;
      foot -= height;
      marks.push(h('rect', { class: colour, x: (i * width).toFixed(2), y: foot.toFixed(2), width: (width * 0.8).toFixed(2), height: height.toFixed(2) }));
    }
  }
  return marks;
}

function lineMarks(series, top, width) {
  return series.map(({ values, colour, filled }) => {
    const parts = [];
    let part = [];
    values.forEach((value, i) => {
      if (value !== null && value !== undefined) part.push(`${((i + 0.5) * width).toFixed(2)} ${(100 - (value / top) * 100).toFixed(2)}`);
      if (part.length > 0 && (value === null || value === undefined || i === values.length - 1)) {
        parts.push(part);
        part = [];
      }
    });
    const line = parts.map((points) => 'M' + (points.length > 1 ? points : [points[0], points[0]]).join('L')).join('');
    const area = parts.map((points) => `M${points[0].split(' ')[0]} 100L${points.join('L')}L${points[points.length - 1].split(' ')[0]} 100Z`).join('');
    return [filled && h('path', { class: 'area', d: area }), h('path', { class: `line ${colour}`, d: line })];
  });
}

function asTable(format, { from, step, series, unit }) {
  const head = h('tr', {}, h('th', { scope: 'col' }, w.chart.time), series.map(({ name }) => h('th', { scope: 'col', class: 'num' }, name)));
  const at = (i) => format.time(new Date(new Date(from).getTime() + i * step * 1000));
  const rows = series[0].values.map((_, i) => h('tr', {}, h('td', {}, at(i)),
    series.map(({ values }) => h('td', { class: 'num' }, values[i] === null || values[i] === undefined ? w.chart.unknown : `${format.decimal(values[i])}${unit ? ' ' + unit : ''}`))));
  return h('table', {}, h('thead', {}, head), h('tbody', {}, rows.reverse()));
}

/** {title, from, step, series: [{name, values, colour, filled}], kind: 'bars' | 'lines', unit} */
export function chart(format, spec) {
  const { title, from, step, series, kind, unit } = spec;
  const count = series[0].values.length;
  const stacked = kind === 'bars'
    ? series[0].values.map((_, i) => series.reduce((sum, { values }) => sum + (values[i] ?? 0), 0))
    : series.flatMap(({ values }) => known(values));
  const most = Math.max(0, ...known(stacked));
  const top = niceTop(most);
  const width = 600 / count;
  const time = (i) => {
    const date = new Date(new Date(from).getTime() + i * step * 1000);
    return count * step > 2 * 86400 ? format.date(date) : format.minute(date);
  };
  const empty = series.every(({ values }) => known(values).length === 0);
  const label = empty ? w.chart.nothing : w.chart.sentence(title, format, series, most, unit);
  const ends = [0, 0.25, 0.5, 0.75, 1].map((part) => time(Math.round(part * count)));
  const table = h('details', { class: 'chart-table', ontoggle: ({ target }) => {
    if (target.open && target.children.length === 1) target.append(h('div', { tabindex: 0, role: 'region', 'aria-label': title }, asTable(format, spec)));
  } }, h('summary', {}, w.chart.asTable));
  return h('section', { class: 'card' },
    h('header', {}, h('h2', {}, title),
      h('div', { class: 'legend' }, series.map(({ name, colour }) =>
        h('span', {}, h('i', { class: `${colour} ${kind === 'lines' ? 'stroke' : ''} ${kind === 'lines' && colour === 'c3' ? 'dashed' : ''}` }), name)))),
    empty ? h('p', { class: 'empty' }, w.chart.nothing) : [
      h('div', { class: 'chart' },
        h('div', { class: 'y', 'aria-hidden': 'true' }, h('span', {}, `${format.count(top)}${unit ? ' ' + unit : ''}`),
          h('span', {}, top >= 2 ? format.count(top / 2) : ''), h('span', {}, '0')),
        h('svg', { viewBox: '0 0 600 100', preserveAspectRatio: 'none', role: 'img', 'aria-label': label },
          [0, 50, 100].map((y) => h('line', { class: 'grid', x1: 0, x2: 600, y1: y, y2: y })),
          kind === 'bars' ? barMarks(series, top, width) : lineMarks(series, top, width)),
        h('div', { class: 'x', 'aria-hidden': 'true' }, ends.map((text) => h('span', {}, text)))),
      table]);
}

/** A row's own small bars; without values a dotted ground. */
export function spark(values, label) {
  const count = Math.max(1, values?.length ?? 24);
  const most = Math.max(1, ...known(values ?? []));
  return h('svg', { class: 'spark', viewBox: `0 0 ${count * 4} 18`, preserveAspectRatio: 'none', role: 'img', 'aria-label': label },
    Array.from({ length: count }, (_, i) => {
      const height = ((values?.[i] ?? 0) / most) * 17;
      return height > 0
        ? h('rect', { class: 'c1', x: i * 4, width: 3, y: (18 - height).toFixed(1), height: height.toFixed(1) })
        : h('rect', { class: 'none', x: i * 4 + 0.5, width: 2, y: 17, height: 1 });
    }));
}
