// JSON as text: numbers are never parsed, so that an id of 19 digits, 1.10 and 1e400 stay what was sent.

const pattern = /([ \t\r\n]+)|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)|(true|false|null)|([[\]{}:,])/y;
const kinds = [null, 'space', 'text', 'number', 'word', 'mark'];

/** [{kind, text, at}] without spaces; null: not JSON. Depth costs no stack. */
export function tokens(source) {
  const all = [];
  const open = [];
  let expects = 'value'; // value | first | name | colon | end
  pattern.lastIndex = 0;
  const after = () => (expects = open.length > 0 ? 'end' : 'nothing');
  for (let at = 0; at < source.length;) {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    if (!found) return null;
    const kind = kinds[found.findIndex((text, i) => i > 0 && text !== undefined)];
    const text = found[0];
    const token = { kind, text, at };
    at += text.length;
    if (kind === 'space') continue;
    const inObject = open[open.length - 1] === '{';
    if (kind !== 'mark') {
      if ((expects === 'name' || (expects === 'first' && inObject)) && kind === 'text') token.kind = 'key', expects = 'colon';
      else if (expects === 'value' || (expects === 'first' && !inObject)) after();
      else return null;
    } else if (text === '{' || text === '[') {
      if (expects !== 'value' && !(expects === 'first' && !inObject)) return null;
      open.push(text);
      expects = 'first';
    } else if (text === '}' || text === ']') {
      if ((expects !== 'end' && expects !== 'first') || open.pop() !== (text === '}' ? '{' : '[')) return null;
      after();
    } else if (text === ':') {
      if (expects !== 'colon') return null;
      expects = 'value';
    } else {
      if (expects !== 'end') return null;
      expects = inObject ? 'name' : 'value';
    }
    all.push(token);
  }
  return expects === 'nothing' ? all : null;
}

/** The same tokens as indented text: [{kind, text}], kind 'space' between them. */
export function indented(list) {
  const out = [];
  let depth = 0;
  const line = () => out.push({ kind: 'space', text: '\n' + '  '.repeat(Math.min(depth, 64)) });
  list.forEach((token, i) => {
    const before = list[i - 1]?.text;
    const closes = token.text === '}' || token.text === ']';
    if (closes) {
      depth -= 1;
      if (before !== '{' && before !== '[') line();
    } else if (i > 0 && (before === '{' || before === '[') && list[i - 1].kind === 'mark') line();
    out.push(token);
    if (token.kind !== 'mark') return;
    if (token.text === '{' || token.text === '[') depth += 1;
    else if (token.text === ',') line();
    else if (token.text === ':') out.push({ kind: 'space', text: ' ' });
  });
  return out;
}

/** Objects as Maps, numbers as their text. null: not JSON. */
export function readExact(source) {
  const list = tokens(source);
  if (!list) return null;
  const root = [];
  const stack = [root];
  let name;
  const put = (value) => {
    const into = stack[stack.length - 1];
    if (Array.isArray(into)) into.push(value);
    else into.set(name, value);
  };
  for (const { kind, text } of list) {
    if (kind === 'key') name = JSON.parse(text);
    else if (kind === 'text') put(JSON.parse(text));
    else if (kind === 'number') put(text);
    else if (kind === 'word') put(JSON.parse(text));
    else if (text === '{' || text === '[') {
      const fresh = text === '{' ? new Map() : [];
      put(fresh);
      stack.push(fresh);
    } else if (text === '}' || text === ']') stack.pop();
  }
  return root[0];
}

/** The exact text of a member of the outermost object. */
export function memberText(source, wanted) {
  const list = tokens(source);
  if (!list) return null;
  let depth = 0;
  for (let i = 0; i < list.length; i += 1) {
    const { kind, text } = list[i];
    if (kind === 'mark' && (text === '{' || text === '[')) depth += 1;
    if (kind === 'mark' && (text === '}' || text === ']')) depth -= 1;
    if (depth !== 1 || kind !== 'key' || JSON.parse(text) !== wanted) continue;
    let end = i + 2;
    for (let inside = 0; end < list.length; end += 1) {
      if (list[end].kind === 'mark' && '{['.includes(list[end].text)) inside += 1;
      if (list[end].kind === 'mark' && '}]'.includes(list[end].text)) inside -= 1;
      if (inside === 0) break;
    }
    return source.slice(list[i + 2].at, list[end].at + list[end].text.length);
  }
  return null;
}

/** {order: {...}} out of Maps, for code that reads members by name. */
export function plain(value) {
  if (value instanceof Map) {
    const object = Object.create(null);
    for (const [key, inner] of value) object[key] = plain(inner);
    return object;
  }
  return Array.isArray(value) ? value.map(plain) : value;
}

/** [[name, value]] of a form's body. */
export const formPairs = (text) => [...new URLSearchParams(text)];

/** XML with a line for each element; texts stay as they are. */
export function indentedXml(text) {
  let depth = 0;
  return text.replace(/>\s+</g, '><').split(/(?<=>)(?=<)/).map((part) => {
    const closes = part.startsWith('</');
    if (closes) depth = Math.max(0, depth - 1);
    const line = '  '.repeat(Math.min(depth, 64)) + part;
    if (/^<[^!?/]/.test(part) && !/\/>$/.test(part) && !/<\/[^>]*>$/.test(part)) depth += 1;
    return line;
  }).join('\n');
}

/** Sixteen bytes a row: offset, bytes, characters. */
export function hexRows(bytes, from = 0, rows = 256) {
  const lines = [];
  for (let at = from; at < Math.min(bytes.length, from + rows * 16); at += 16) {
    const row = [...bytes.slice(at, at + 16)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0'));
    const shown = row.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.slice(0, 8).join(' ').padEnd(23)}  ${hex.slice(8).join(' ').padEnd(23)}  ${shown}`);
  }
  return lines.join('\n');
}
