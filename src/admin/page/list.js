// A long table in pages: however far one goes, at most some hundred rows stand in the document.

import { h, refreshCells, exchange } from './dom.js';

const mostPages = 6;
const mostNew = 200;

const spaceOf = (height) => h('tr.space', { 'aria-hidden': 'true' }, h('td', { height: Math.round(height), colspan: 9 }));

/**
 * load(cursor) -> {items, next, ...}; makeRow(item, previous) -> rows; onPage(state) after each change.
 * `saved`: what `save()` gave before.
 */
export function createList({ table, load, makeRow, onPage, onError, signal, saved }) {
  const above = h('tbody', { hidden: true });
  const below = h('tbody', { hidden: true });
  let pages = saved?.pages ?? [];
  let [first, last] = saved?.range ?? [0, -1];
  let busy = false;
  let generation = 0;
  let waitsForClick = false;

  const bodies = () => [...table.tBodies].filter((body) => body !== above && body !== below);
  const bodyOf = (index) => bodies()[index - first];
  const sum = (from, to) => pages.slice(from, to).reduce((total, page) => total + page.height, 0);

  function draw(index) {
    const body = h('tbody');
    let previous = pages[index - 1]?.lastItem;
    for (const item of pages[index].items) {
      body.append(...makeRow(item, previous));
      previous = item;
    }
    pages[index].lastItem = previous ?? pages[index - 1]?.lastItem;
    return body;
  }

  function spaces() {
    for (const [body, height] of [[above, sum(0, first)], [below, sum(last + 1)]]) {
      body.hidden = height === 0;
      body.replaceChildren(...(height === 0 ? [] : [spaceOf(height)]));
    }
  }

  function unload(index) {
    const body = bodyOf(index);
    pages[index].height = body.offsetHeight;
    pages[index].items = null;
    body.remove();
  }

  function trim(keep) {
    while (last - first + 1 > mostPages) {
      if (keep === 'end') {
        unload(first);
        first += 1;
      } else {
        unload(last);
        last -= 1;
      }
    }
  }

  const state = () => ({
    count: pages.reduce((total, page) => total + page.count, 0),
    isEnd: pages.length > 0 && last === pages.length - 1 && !pages[last].next,
    isEmpty: pages.length > 0 && pages.every(({ count }) => count === 0) && !pages[pages.length - 1].next,
    page: pages[pages.length - 1],
    waitsForClick,
  });

  async function work(task) {
    if (busy || signal.aborted) return;
    busy = true;
    const started = generation;
    try {
      await task(() => !signal.aborted && started === generation);
      onPage(state());
    } catch (error) {
      if (!signal.aborted && started === generation) onError(error);
    } finally {
      if (started === generation) busy = false;
    }
    if (started === generation) look();
  }

  /** Reads a page and has `place` put it into the document. */
  const show = (index, place) => work(async (isCurrent) => {
    const answer = await load(pages[index - 1]?.next);
    if (!isCurrent()) return;
    place({ ...answer, count: answer.items.length, height: 0 });
    spaces();
    // A call that looked for a second and found nothing is gone on with only when somebody says so.
    const { next, count } = pages.at(-1);
    waitsForClick = Boolean(next) && count === 0;
  });

  const append = (index) => table.insertBefore(draw(index), below);

  const extendDown = () => show(last + 1, (page) => {
    last += 1;
    pages[last] = page;
    append(last);
    trim('end');
  });

  const extendUp = () => show(first - 1, (page) => {
    first -= 1;
    pages[first] = page;
    above.after(draw(first));
    trim('start');
  });

  const jump = (index) => show(index, (page) => {
    for (let i = last; i >= first; i -= 1) unload(i);
    pages[index] = page;
    [first, last] = [index, index];
    append(index);
  });

  /** Loads what the window is near to. */
  function look() {
    if (busy || signal.aborted || last < first || !table.isConnected) return;
    const height = innerHeight;
    const top = table.tHead.getBoundingClientRect().bottom;
    const begin = bodyOf(first).getBoundingClientRect().top;
    const end = bodyOf(last).getBoundingClientRect().bottom;
    if (begin > height || end < 0) {
      let offset = -top;
      const index = pages.findIndex((page, i) => {
        const size = i >= first && i <= last ? bodyOf(i).offsetHeight : page.height;
        offset -= size;
        return offset < 0;
      });
      if (index >= 0 && (index < first || index > last)) return void jump(index);
    }
    if (first > 0 && begin > -height) return void extendUp();
    if (end < 2 * height && (last < pages.length - 1 || (pages[last].next && !waitsForClick))) extendDown();
  }

  let asked = false;
  addEventListener('scroll', () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      look();
    });
  }, { signal, passive: true });
  addEventListener('resize', look, { signal, passive: true });

  table.append(above, below);
  if (saved) {
    for (let i = first; i <= last; i += 1) append(i);
    spaces();
    onPage(state());
  }

  const rowOf = (id) => table.querySelector(`tr[data-key="${CSS.escape(id)}"]`);
  const loaded = () => pages.slice(first, last + 1);

  return {
    /** From the newest on. What stands there stays until the answer is there. */
    start() {
      generation += 1;
      busy = false;
      return show(0, (page) => {
        for (const body of bodies()) body.remove();
        pages = [page];
        [first, last] = [0, 0];
        append(0);
      });
    },
    goOn() {
      waitsForClick = false;
      extendDown();
    },
    state,
    has: (id) => loaded().some((page) => page.items.some((item) => item.id === id)),
    items: () => loaded().flatMap((page) => page.items),
    newest: () => pages[0]?.items?.[0],
    isAtTop: () => first === 0 && last >= 0 && scrollY < 48,
    /** New items on top; false where so many came that the first page is better read anew. */
    prepend(items) {
      const fresh = items.filter((item) => !rowOf(item.id));
      if (fresh.length === 0) return true;
      if (pages[0].items.length + fresh.length > mostNew) return false;
      const body = bodyOf(0);
      const rows = [];
      let previous;
      for (const item of fresh) {
        rows.push(...makeRow(item, previous));
        previous = item;
      }
      body.prepend(...rows);
      pages[0].items.unshift(...fresh);
      pages[0].count += fresh.length;
      onPage(state());
      return true;
    },
    /** Changes an item that is shown; unknown ids are nobody's. */
    change(id, apply) {
      for (const page of loaded()) {
        const at = page.items.findIndex((item) => item.id === id);
        if (at < 0) continue;
        const fresh = apply(page.items[at]);
        page.items[at] = fresh;
        const row = rowOf(id);
        if (row) refreshCells(row, makeRow(fresh, fresh).at(-1));
        return;
      }
    },
    remove(id) {
      for (const page of loaded()) {
        const at = page.items.findIndex((item) => item.id === id);
        if (at < 0) continue;
        page.items.splice(at, 1);
        page.count -= 1;
        const row = rowOf(id);
        if (row) exchange(row, null, row.nextElementSibling);
      }
      onPage(state());
    },
    /** The pages in sight, read again: what settled meanwhile is right. */
    async reread() {
      const started = generation;
      for (let i = first; i <= last; i += 1) {
        const answer = await load(pages[i - 1]?.next);
        if (signal.aborted || started !== generation) return;
        for (const item of answer.items) this.change(item.id, () => item);
      }
    },
    look,
    save: () => ({ pages, range: [first, last] }),
  };
}
