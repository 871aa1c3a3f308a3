// JSON as text: numbers are never parsed, so that an id of 19 digits, 1.10 and 1e400 stay what was sent.

const stringPattern = '"[^"\\\\]*(?:\\\\.[^"\\\\]*)*"';
const pattern = new RegExp(`(${stringPattern}(?=\\s*:))|(${stringPattern})|(-?\\d[^\\s,\\]}]*)|([a-z]+)|[^\\s]`, 'g');
const kinds = ['key', 'text', 'number', 'word'];
const opens = (piece) => piece === '{' || piece === '[';
const closes = (piece) => piece === '}' || piece === ']';

/** [{kind, text, at}] without spaces, of the kinds above and 'mark'; null: not JSON. */
export function tokens(source) {
  try {
    JSON.parse(source);
  } catch {
    return null;
  }
  return Array.from(source.matchAll(pattern), ({ 0: piece, index, ...groups }) => ({ kind: kinds.find((_, i) => groups[i + 1] !== undefined) ?? 'mark', text: piece, at: index }));
}

/** The same tokens as indented text: [{kind, text}], kind 'space' between them. */
export function indented(list) {
  const out = [];
  let depth = 0;
  let before;
  const space = (piece) => out.push({ kind: 'space', text: piece });
  const line = () => space('\n' + '  '.repeat(Math.min(depth, 64)));
  for (const token of list) {
    if (closes(token.text)) depth -= 1;
    if (closes(token.text) !== opens(before)) line();
    out.push(token);
    before = token.text;
    if (opens(before)) depth += 1;
    else if (before === ',') line();
    else if (before === ':') space(' ');
  }
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
  for (const { kind, text: piece } of list) {
    if (kind === 'key') name = JSON.parse(piece);
    else if (kind === 'number') put(piece);
    else if (kind !== 'mark') put(JSON.parse(piece));
    else if (opens(piece)) {
      const fresh = piece === '{' ? new Map() : [];
      put(fresh);
      stack.push(fresh);
    } else if (closes(piece)) stack.pop();
  }
  return root[0];
}

/** The exact text of a member of the outermost object. */
export function memberText(source, wanted) {
  const list = tokens(source) ?? [];
  let depth = 0;
  let from;
  for (const [i, { kind, text: piece, at }] of list.entries()) {
    if (opens(piece)) depth += 1;
    if (closes(piece)) depth -= 1;
    if (from !== undefined && (depth === 0 || (depth === 1 && piece === ','))) return source.slice(from, at).trimEnd();
    if (depth === 1 && kind === 'key' && JSON.parse(piece) === wanted) from = list[i + 2].at;
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
