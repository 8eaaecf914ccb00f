import * as z from "zod/mini";

/*
 * Schemas are made when a function starts, and making all of a notification's was a quarter of what `send` needs for
 * that (docs/benchmarks.md, coldstart). So equal ones are made once, a string and its checks are one schema
 * (`z.string().check(…)` makes two), and what few requests have is a `z.lazy`, made for the first that has it.
 */

/** A string with its checks. */
export const string = (...checks: z.core.$ZodCheck<string>[]): z.ZodMiniString<string> =>
  new z.ZodMiniString({ type: "string", checks }) as z.ZodMiniString<string>;

const NEVER = z.never();

/** An object without further fields. */
export const strictObject = <T extends z.core.$ZodLooseShape>(shape: T) =>
  new z.ZodMiniObject({ type: "object", shape, catchall: NEVER }) as unknown as ReturnType<
    typeof z.strictObject<T>
  >;

const optionals = new WeakMap<z.core.$ZodType, z.core.$ZodType>();

/** The schema, or nothing; the same one for the same schema. */
export function optional<T extends z.core.$ZodType>(schema: T): z.ZodMiniOptional<T> {
  const made = (optionals.get(schema) as z.ZodMiniOptional<T> | undefined) ?? z.optional(schema);
  optionals.set(schema, made);
  return made;
}

/** What is made for a size, made once for each. */
export function once<T>(make: (size: number) => T): (size: number) => T {
  const made = new Map<number, T>();
  return (size) => {
    const one = made.get(size) ?? make(size);
    made.set(size, one);
    return one;
  };
}
