import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createJob } from '../../../src/admin/page/bulk.js';

const parts = (sizes, fail = -1) => {
  const calls = [];
  return {
    calls,
    step: async (cursor) => {
      calls.push(cursor);
      const at = Number(cursor ?? 0);
      if (at === fail && calls.filter((one) => one === cursor).length === 1) throw new Error('cut');
      return { count: sizes[at], ...(at + 1 < sizes.length ? { next: String(at + 1) } : {}) };
    },
  };
};

test('a job goes on from cursor to cursor until there is none', async () => {
  const { step, calls } = parts([1000, 1000, 5]);
  const seen = [];
  const job = await createJob({ step, onChange: ({ done, state }) => seen.push([done, state]) }).run();
  assert.deepEqual(calls, [undefined, '1', '2']);
  assert.deepEqual([job.done, job.state], [2005, 'done']);
  assert.deepEqual(seen.at(-1), [2005, 'done']);
});

test('it stops where it is told, and goes on from there', async () => {
  const { step, calls } = parts([10, 10, 10]);
  let stopped = false;
  const job = createJob({ step, onChange: (one) => { if (one.done === 10 && one.state === 'running' && !stopped) { stopped = true; one.stop(); } } });
  await job.run();
  assert.deepEqual([job.done, job.state], [10, 'stopped']);
  await job.run();
  assert.deepEqual([job.done, job.state, calls.length], [30, 'done', 3]);
});

test('a call that fails is told, and the same is asked again', async () => {
  const { step, calls } = parts([10, 10], 1);
  const job = createJob({ step, onChange: () => {} });
  await job.run();
  assert.deepEqual([job.state, job.error.message, job.done], ['failed', 'cut', 10]);
  await job.run();
  assert.deepEqual([job.state, job.done], ['done', 20]);
  assert.deepEqual(calls, [undefined, '1', '1']);
});

test('what runs or is done is not begun twice', async () => {
  const { step, calls } = parts([1]);
  const job = createJob({ step, onChange: () => {} });
  await Promise.all([job.run(), job.run()]);
  await job.run();
  assert.equal(calls.length, 1);
});
