// Charts of at most some hundred points, as SVG: read by screen readers, coloured by the style sheet.

import { h } from './dom.js';
import { w } from './words.js';
import { joined, sum } from './format.js';

const steps = [1, 2, 4, 6, 8, 10, 20, 40, 60, 80, 100];

export function niceTop(most) {
  if (!(most > 0)) return 1;
  const scale = 10 ** Math.max(0, Math.floor(Math.log10(most)) - 1);
  return (steps.find((step) => step * scale >= most) ?? 100) * scale;
}

const known = (values) => values.filter((value) => value != null);

/** Stacks of bars; the first of `lines` stands at the bottom. */
const barMarks = (lines, top, width) => lines[0][1].map((_, i) => {
  let foot = 100;
  return lines.map(([, values, colour]) => {
    const height = ((values[i] ?? 0) / top) * 100;
    foot -= height;
    return height > 0 && h('rect', { class: colour, x: (i * width).toFixed(2), y: foot.toFixed(2), width: (width * 0.8).toFixed(2), height: height.toFixed(2) });
  });
});

/** A line for each run of known values; the first of `lines` has a ground under it. */
const lineMarks = (lines, top, width) => lines.map(([, values, colour], order) => {
  const runs = [[]];
  values.forEach((value, i) => {
    if (value == null) runs.push([]);
    else runs.at(-1).push([((i + 0.5) * width).toFixed(2), (100 - (value / top) * 100).toFixed(2)].join(' '));
  });
  const drawn = runs.filter((points) => points.length > 0);
  const xOf = (point) => point.split(' ')[0];
  return [order === 0 && h('path.area', { d: drawn.map((points) => `M${xOf(points[0])} 100L${points.join('L')}L${xOf(points.at(-1))} 100Z`).join('') }),
    h(`path.line.${colour}`, { d: drawn.map((points) => `M${points[0]}L${points.join('L')}`).join('') })];
});

/** `series`: an answer of /api/series; `lines`: [[name, values, colour]], bars where they have no `unit`. */
export function chart(format, title, { from, step_s: step }, lines, unit = '') {
  const isLine = unit !== '';
  const count = lines[0][1].length;
  const most = Math.max(0, ...(isLine ? lines.flatMap(([, values]) => known(values)) : lines[0][1].map((_, i) => sum(lines.map(([, values]) => values[i])))));
  const top = niceTop(most);
  const width = 600 / count;
  const at = (i) => new Date(Date.parse(from) + i * step * 1000);
  const shown = count * step > 2 * 86400 ? format.date : format.minute;
  const empty = lines.every(([, values]) => known(values).length === 0);
  const cell = (value) => h('td.num', value == null ? w.chart.unknown : joined([format.decimal(value), unit], ' '));
  const table = h('details.chart-table', { ontoggle: ({ target }) => {
    if (!target.open || target.children.length > 1) return;
    target.append(h('div', { tabindex: 0, role: 'region', 'aria-label': title }, h('table',
      h('thead', h('tr', h('th', { scope: 'col' }, w.chart.time), lines.map(([name]) => h('th.num', { scope: 'col' }, name)))),
      h('tbody', lines[0][1].map((_, i) => h('tr', h('td', format.time(at(i))), lines.map(([, values]) => cell(values[i])))).reverse()))));
  } }, h('summary', w.chart.asTable));
  return h('section.card',
    h('header', h('h2', title),
      h('div.legend', lines.map(([name, , colour]) => h('span', h(`i.${colour}${isLine ? '.stroke' : ''}`), name)))),
    empty ? h('p.empty', w.chart.nothing) : [
      h('div.chart',
        h('div.y', { 'aria-hidden': 'true' }, h('span', joined([format.count(top), unit], ' ')), h('span', top >= 2 && format.count(top / 2)), h('span', '0')),
        h('svg', { viewBox: '0 0 600 100', preserveAspectRatio: 'none', role: 'img', 'aria-label': w.chart.sentence(title, format, lines, most, unit) },
          [0, 50, 100].map((y) => h('line.grid', { x1: 0, x2: 600, y1: y, y2: y })),
          (isLine ? lineMarks : barMarks)(lines, top, width)),
        h('div.x', { 'aria-hidden': 'true' }, [0, 0.25, 0.5, 0.75, 1].map((part) => h('span', shown(at(Math.round(part * count))))))),
      table]);
}

export const timeChart = (format, title, series, { p50 = [null], p95 = [null] } = {}) => chart(format, title, series, [[w.now.typical, p50, 'c1'], [w.now.slow, p95, 'c3']], 'ms');

/** A row's own small bars; without values a dotted ground. */
export function spark(values, label) {
  const count = Math.max(1, values?.length ?? 24);
  const most = Math.max(1, ...known(values ?? []));
  return h('svg.spark', { viewBox: `0 0 ${count * 4} 18`, preserveAspectRatio: 'none', role: 'img', 'aria-label': label },
    Array.from({ length: count }, (_, i) => {
      const height = ((values?.[i] ?? 0) / most) * 17;
      return height > 0
        ? h('rect.c1', { x: i * 4, width: 3, y: (18 - height).toFixed(1), height: height.toFixed(1) })
        : h('rect.none', { x: i * 4 + 0.5, width: 2, y: 17, height: 1 });
    }));
}
