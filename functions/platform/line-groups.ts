/**
 * Entries in groups: two that name one thing in common, directly or over others, are in the same group, in their
 * order. Groups have nothing in common and may be worked at side by side.
 */
export function lineGroups<T>(entries: readonly T[], namesOf: (entry: T) => readonly string[]): T[][] {
  /** Of each name the one that stands for it; a name that stands for itself is its group's root. */
  const parents = new Map<string, string>();
  const rootOf = (name: string): string => {
    let root = name;
    for (let next = parents.get(root); next !== undefined && next !== root; next = parents.get(root))
      root = next;
    for (let at = name; at !== root; ) {
      const next = parents.get(at) ?? root;
      parents.set(at, root);
      at = next;
    }
    return root;
  };
  const names = entries.map(namesOf);
  for (const [first, ...rest] of names) {
    if (first === undefined) continue;
    const root = rootOf(first);
    parents.set(root, root);
    for (const name of rest) parents.set(rootOf(name), root);
  }
  const groups = new Map<string, T[]>();
  for (const [index, entry] of entries.entries()) {
    const [first] = names[index]!;
    const root = first === undefined ? `${index}` : rootOf(first);
    const group = groups.get(root);
    if (group) group.push(entry);
    else groups.set(root, [entry]);
  }
  return [...groups.values()];
}
