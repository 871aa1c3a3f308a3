import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createReader, retryDelay } from '../../../src/admin/page/stream.js';

const text = ':\n\nid: 7\nevent: accepted\ndata: [{"title":"Camiseta algodón ✓"}]\n\nevent: tick\r\ndata: [\r\ndata: 1]\r\n\r\ndata: x\rdata: y\r\rid: 9\n\n:\n\nevent: gap\ndata:[{"missed":3}]\n\n';
const expected = [
  { kind: 'accepted', id: '7', data: '[{"title":"Camiseta algodón ✓"}]' },
  { kind: 'tick', id: undefined, data: '[\n1]' },
  { kind: 'message', id: undefined, data: 'x\ny' },
  { kind: 'gap', id: undefined, data: '[{"missed":3}]' },
];

test('messages are the same wherever the bytes are cut', () => {
  const bytes = new TextEncoder().encode(text);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const reader = createReader();
    assert.deepEqual([...reader.push(bytes.slice(0, cut)), ...reader.push(bytes.slice(cut))], expected, `cut at ${cut}`);
  }
  const reader = createReader();
  assert.deepEqual([...bytes].flatMap((byte) => reader.push(Uint8Array.of(byte))), expected);
});

test('a byte order mark in front is nobody’s', () => {
  assert.deepEqual(createReader().push(new TextEncoder().encode('\uFEFFdata: a\n\n')), [{ kind: 'message', id: undefined, data: 'a' }]);
});

test('it is tried again after one second, then two, and slower out of sight', () => {
  assert.deepEqual([0, 1, 2, 9].map((tries) => retryDelay(tries, true, () => 1)), [1000, 2000, 2000, 2000]);
  assert.deepEqual([0, 1, 2, 3, 9].map((tries) => retryDelay(tries, false, () => 1)), [4000, 8000, 16000, 30000, 30000]);
  assert.equal(retryDelay(0, true, () => 0), 750);
});
