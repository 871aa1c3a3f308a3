// Actions on many: a plan, a question with its number, then call by call. Bounded by what was shown.

import { h } from './dom.js';
import { w } from './words.js';
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
        if (cursor == null) job.state = 'done';
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

// ---- One event at one sink ----

const postReplay = (app, id, sink) => app.api.post(pathOf('events', id, 'replay'), { sink });

/** To every sink it is routed to, where none is named. */
export const replayTo = (app, id, sink) => app.act(w.event.again, () => postReplay(app, id, sink), ({ deliveries }) => (sink ? w.lane.tried(sink) : w.event.sent(deliveries)));
export const retryAt = (app, id, sink) => app.act(w.lane.retry, () => app.api.post(pathOf('dead', sink, id, 'retry')), w.lane.tried(sink));
export const dropAt = (app, id, sink, after) => app.act(w.lane.drop, () => app.api.post(pathOf('dead', sink, id, 'drop')), w.lane.dropped(sink), () => postReplay(app, id, sink).then(after));

// ---- Many ----

const planOf = (app, what, path, query, body) => app.act(what, () => app.api.post(path, { ...query, plan: 1 }, body));

/** A table of names and numbers. */
const counts = (format, name, rows) => rows.length > 0 && h('table', h('thead', h('tr', h('th', { scope: 'col' }, name), h('th.num', { scope: 'col' }, w.dead.count))),
  h('tbody', rows.slice(0, 8).map(([text, count]) => h('tr', h('td.grow', text), h('td.num', format.count(count))))));

/** Asks whether to retry or drop `count` at a sink; yes: the words of the action. */
async function decideDead(app, action, sink, count, details) {
  const words = w.dead[action];
  const button = words.button(app.format.count(count));
  const isDrop = action === 'drop';
  return await app.ask({ title: w.dead.title(button, sink), confirm: button, danger: isDrop, typed: isDrop && count > 20 ? count : undefined, body: [details, h('p.soft', words.hint)] }) && words;
}

/** All that a sink has given up `before` the moment that was shown. */
export async function changeDead(app, action, { sink, before, type, after }) {
  const { format } = app;
  const query = { before, type };
  const path = pathOf('dead', sink, action);
  const plan = await planOf(app, w.lane[action], path, query);
  if (!plan) return;
  if (plan.count === 0) return void app.notice(w.dead.nothing);
  const words = await decideDead(app, action, sink, plan.count, [h('p', w.dead.between(format.time(plan.oldest), format.time(plan.newest))),
    counts(format, w.dead.answers, (plan.errors ?? []).map(({ text, count }) => [text, count])), h('p.soft', w.dead.until(format.time(before)))]);
  if (words) app.job({ ...words, total: plan.count, after, step: (cursor) => app.api.post(path, { ...query, cursor }) });
}

/** One by one: each is bounded by what was chosen. What is gone meanwhile is nobody's. */
export async function changePicked(app, action, sink, ids, after) {
  const words = await decideDead(app, action, sink, ids.length);
  if (words) app.job({ ...words, total: ids.length, after, step: async (cursor = 0) => {
    await app.api.post(pathOf('dead', sink, ids[cursor], action)).catch((error) => { if (error.status !== 404) throw error; });
    return { count: 1, next: cursor + 1 < ids.length ? cursor + 1 : null };
  } });
}

/** `query`: a filter of /api/replay; or `ids`. */
export async function deliverAgain(app, { query, ids, sink, after }) {
  const { format } = app;
  const body = ids && { ids };
  const all = { ...query, sink };
  const plan = await planOf(app, w.event.again, '/api/replay', all, body);
  if (!plan) return;
  if (plan.deliveries === 0) return void app.notice(w.replay.nothing);
  const number = format.count(plan.events);
  const button = w.replay.button(number);
  const answer = await app.ask({
    title: `${button}?`, confirm: button,
    body: [h('p', w.replay.plan(plan.events, plan.deliveries)),
      counts(format, w.now.sink, Object.entries(plan.per_sink ?? {})),
      h('p.soft', w.dialog.twice)],
  });
  if (answer) app.job({
    total: plan.events, after,
    step: async (cursor) => {
      const { events, next } = await app.api.post('/api/replay', { ...all, cursor }, body);
      return { count: events, next };
    },
    running: w.dead.retry.running, done: w.replay.done,
  });
}
