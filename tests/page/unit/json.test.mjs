import { test } from 'node:test';
import assert from 'node:assert/strict';
import { tokens, indented, readExact, memberText, plain, formPairs, indentedXml, hexRows } from '../../../src/admin/page/json.js';

const shown = (text) => indented(tokens(text)).map((part) => part.text).join('');

test('numbers and strings are shown as they were sent', () => {
  for (const text of ['9223372036854775807', '18446744073709551616', '1.10', '1e400', '-0', '0.0', '"\\ud800"', '"\\u00f3 \\/ \\" \\\\"', '"é"', 'true', 'null']) {
    assert.equal(shown(text), text);
    assert.ok(shown(`{"a":[${text}]}`).includes(text));
  }
});

test('what is no JSON is not taken for it', () => {
  for (const text of ['', ' ', '{', '}', '[1,]', '{"a"}', '{"a":}', '{"a":1,}', '{a:1}', "{'a':1}", '01', '1.', '.5', '+1', 'NaN', '"a', '"\t"', '"\\x"', '1 2', '[1 2]', '{"a" 1}', '[}', 'tru', 'a=b&c=d', ',', '{,}', '[:]', '{"a":1}]']) assert.equal(tokens(text), null, text);
});

test('the same as JSON.parse on documents of every shape', () => {
  for (const text of ['{}', '[]', '{"a":{}}', '[[],[{}]]', ' {"a" : [ 1 , "b" , null ] } \n', '{"a":1,"a":2}', '{"":""}', '[1,2,3]', '{"a":{"b":{"c":[true,false]}}}']) {
    const back = JSON.parse(shown(text));
    assert.deepEqual(back, JSON.parse(text));
    const exact = JSON.parse(JSON.stringify(plain(readExact(text))), (_, value) => value);
    assert.deepEqual(exact, JSON.parse(text, (_, value) => (typeof value === 'number' ? String(value) : value)));
  }
});

test('depth costs no stack', () => {
  const deep = '['.repeat(100000) + ']'.repeat(100000);
  assert.equal(tokens(deep).length, 200000);
  const levels = '{"a":'.repeat(64) + '1e400' + '}'.repeat(64);
  assert.ok(shown(levels).includes('1e400'));
});

test('a member of the answer is cut out exactly', () => {
  const answer = '{"id":"x","event":{"data":{"event":1,"total":1.10,"id":9223372036854775807}},"bytes":3}';
  assert.equal(memberText(answer, 'event'), '{"data":{"event":1,"total":1.10,"id":9223372036854775807}}');
  assert.equal(memberText(answer, 'bytes'), '3');
  assert.equal(memberText(answer, 'total'), null);
  assert.equal(readExact(memberText(answer, 'event')).get('data').get('id'), '9223372036854775807');
});

test('names like __proto__ are names', () => {
  assert.equal(plain(readExact('{"__proto__":{"polluted":"1"}}')).__proto__.polluted, '1');
  assert.equal({}.polluted, undefined);
});

test('forms, XML and bytes', () => {
  assert.deepEqual(formPairs('a=1&a=2&b=%C3%B3+x&c'), [['a', '1'], ['a', '2'], ['b', 'ó x'], ['c', '']]);
  assert.equal(indentedXml('<a><b c="1">x y</b><d/></a>'), '<a>\n  <b c="1">x y</b>\n  <d/>\n</a>');
  assert.equal(hexRows(new TextEncoder().encode('AB\n')), `00000000  41 42 0a${' '.repeat(15)}  ${' '.repeat(23)}  AB.`);
});
