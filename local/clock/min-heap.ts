export type MinHeap<T> = {
  push(item: T): void;
  peek(): T | undefined;
  pop(): T | undefined;
  size(): number;
};

/** A binary heap ordered by `rank`, equal ranks in the order they were pushed. */
export function createMinHeap<T>(rank: (item: T) => number): MinHeap<T> {
  const entries: { item: T; rank: number; order: number }[] = [];
  let order = 0;

  const before = (a: number, b: number) => {
    const left = entries[a]!;
    const right = entries[b]!;
    return left.rank === right.rank ? left.order < right.order : left.rank < right.rank;
  };
  const swap = (a: number, b: number) => {
    const held = entries[a]!;
    entries[a] = entries[b]!;
    entries[b] = held;
  };
  const up = (from: number) => {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(index, parent)) return;
      swap(index, parent);
      index = parent;
    }
  };
  const smallestOf = (index: number) => {
    let smallest = index;
    for (const child of [2 * index + 1, 2 * index + 2]) {
      if (child < entries.length && before(child, smallest)) smallest = child;
    }
    return smallest;
  };
  const down = () => {
    let index = 0;
    for (let next = smallestOf(index); next !== index; next = smallestOf(index)) {
      swap(index, next);
      index = next;
    }
  };

  return {
    push(item) {
      entries.push({ item, rank: rank(item), order: order++ });
      up(entries.length - 1);
    },
    peek: () => entries[0]?.item,
    pop() {
      const top = entries[0];
      const last = entries.pop();
      if (top === undefined || last === undefined) return undefined;
      if (entries.length > 0) {
        entries[0] = last;
        down();
      }
      return top.item;
    },
    size: () => entries.length,
  };
}
