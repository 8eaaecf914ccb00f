/** A part that others need before it can be made. */

export type Late<T> = { get(): T; set(value: T): void };

export function late<T>(name: string): Late<T> {
  let held: { value: T } | undefined;
  return {
    get: () => {
      if (held === undefined) throw new Error(`the local runtime is still starting: no ${name} yet`);
      return held.value;
    },
    set: (value) => {
      held = { value };
    },
  };
}
