// Actions on many: a plan, a question with its number, then call by call. Bounded by what was shown.

import { h } from './dom.js';
import { words as w } from './words.js';
import { pathOf } from './api.js';

/**
 * `step(cursor)` -> {count, next}. The job goes on until there is no `next`, is stopped, or a call fails; `run` again goes on where it
 * stood. `onChange(job)` at every step.
 */
export function createJob({ title, about, step, onChange }) {
  const job = { title, about, done: 0, state: 'ready', error: null };
  let cursor;
  let begun = false;

  job.run = async () => {
    if (job.state === 'running' || job.state === 'done') return job;
    job.state = 'running';
    job.error = null;
    onChange(job);
    while (job.state === 'running') {
      try {
        const answer = await step(cursor);
        begun = true;
        job.done += answer.count;
        cursor = answer.next;
        if (cursor === undefined || cursor === null) job.state = 'done';
      } catch (error) {
        job.state = 'failed';
        job.error = error;
      }
      onChange(job);
    }
    return job;
  };
  job.stop = () => {
    if (job.state === 'running') job.state = 'stopped';
  };
  job.isOpen = () => ['running', 'stopped', 'failed'].includes(job.state) && (begun || job.state === 'running');
  return job;
}

const planOf = async (app, what, path, query, body) => {
  try {
    return await app.api.post(path, { ...query, plan: 1 }, body);
  } catch (error) {
    app.notice(w.errors.failed(what, w.errors.of(error)), { bad: true });
    return null;
  }
};

/** A table of names and numbers. */
const counts = (format, name, rows) => rows.length > 0 && h('table', {}, h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, name), h('th', { scope: 'col', class: 'num' }, w.dead.count))),
  h('tbody', {}, rows.slice(0, 8).map(([text, count]) => h('tr', {}, h('td', { class: 'grow' }, text), h('td', { class: 'num' }, format.count(count))))));

async function decideDead(app, what, { sink, before, type, after }) {
  const { format } = app;
  const query = { before, type };
  const path = pathOf('dead', sink, what);
  const isRetry = what === 'retry';
  const plan = await planOf(app, isRetry ? w.lane.tryAgain : w.lane.drop, path, query);
  if (!plan) return;
  if (plan.count === 0) return void app.notice(w.dead.nothing);
  const number = format.count(plan.count);
  const answer = await app.ask({
    title: isRetry ? w.dead.retryTitle(number, sink) : w.dead.dropTitle(number, sink),
    confirm: isRetry ? w.dead.retryButton(number) : w.dead.dropButton(number),
    danger: !isRetry,
    typed: !isRetry && plan.count > 20 ? plan.count : undefined,
    body: [h('p', {}, w.dead.between(format.time(plan.oldest), format.time(plan.newest))),
      counts(format, w.dead.answers, (plan.errors ?? []).map(({ text, count }) => [text, count])),
      h('p', { class: 'soft' }, isRetry ? w.dialog.twice : w.dead.dropText),
      h('p', { class: 'soft' }, w.dead.until(format.time(before)))],
  });
  if (answer !== 'yes') return;
  app.job({
    total: plan.count, after,
    step: (cursor) => app.api.post(path, { ...query, cursor }),
    running: isRetry ? w.dead.running : w.dead.dropping,
    done: isRetry ? w.dead.done : w.dead.dropped,
  });
}

export const retryDead = (app, what) => decideDead(app, 'retry', what);
export const dropDead = (app, what) => decideDead(app, 'drop', what);

/** `query`: a filter of /api/replay; or `ids`. */
export async function deliverAgain(app, { query, ids, sink, after }) {
  const { format } = app;
  const body = ids && { ids };
  const all = { ...query, sink };
  const plan = await planOf(app, w.event.again, '/api/replay', all, body);
  if (!plan) return;
  if (plan.deliveries === 0) return void app.notice(w.replay.nothing);
  const number = format.count(plan.events);
  const answer = await app.ask({
    title: w.replay.title(number), confirm: w.replay.button(number),
    body: [h('p', {}, w.replay.plan(plan.events, plan.deliveries)),
      counts(format, w.now.sink, Object.entries(plan.per_sink ?? {})),
      h('p', { class: 'soft' }, w.dialog.twice)],
  });
  if (answer !== 'yes') return;
  app.job({
    total: plan.events, after,
    step: async (cursor) => {
      const { events, next } = await app.api.post('/api/replay', { ...all, cursor }, body);
      return { count: events, next };
    },
    running: w.dead.running, done: w.replay.done,
  });
}
