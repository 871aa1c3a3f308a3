// Single keys: never in fields, never with Ctrl, Cmd or Alt, and off where the reader says so.

const editable = (node) => node.matches?.('input:not([type="checkbox"]), select');

/** `commands`: {'/': f, 'g n': f}: a sequence of two has a second and a half. Returns how to take them away. */
export function listenToKeys(commands, isOn, signal) {
  let first = '';
  let firstAt = 0;
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === 'Escape') return void commands.Escape?.(event);
    if (!isOn() || editable(event.target) || document.querySelector('dialog[open]')) return;
    const pair = performance.now() - firstAt < 1500 ? `${first} ${event.key}` : '';
    const command = commands[pair] ?? commands[event.key];
    first = event.key;
    firstAt = performance.now();
    if (!command || event.repeat && !['j', 'k'].includes(event.key)) return;
    event.preventDefault();
    command(event);
    if (commands[pair]) first = '';
  }, { signal });
}
