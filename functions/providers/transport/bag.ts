/** What can lie in a {@link Bag}: it knows where, -1 when in none. */
export type Slotted = { slot: number };

/**
 * A collection without order that is cheap at thousands of changes a second. A `Set` is not: V8 keeps its outgrown
 * tables linked, so that members removed long ago live on to the next full collection, with all that hangs on them.
 */
export type Bag<T extends Slotted> = {
  readonly size: number;
  add(item: T): void;
  /** Nothing happens when it is not there. */
  remove(item: T): void;
  /** Each item that lies there now, once; it may be removed meanwhile. */
  forEach(visit: (item: T) => void): void;
};

export function bag<T extends Slotted>(): Bag<T> {
  const items: T[] = [];
  return {
    get size() {
      return items.length;
    },
    add(item) {
      item.slot = items.push(item) - 1;
    },
    remove(item) {
      if (items[item.slot] !== item) return;
      const last = items.pop()!;
      if (last !== item) {
        items[item.slot] = last;
        last.slot = item.slot;
      }
      item.slot = -1;
    },
    forEach(visit) {
      // Backwards: the last one takes a removed one's place, and has been visited.
      for (let slot = items.length - 1; slot >= 0; slot--) {
        const item = items[slot];
        if (item !== undefined) visit(item);
      }
    },
  };
}
