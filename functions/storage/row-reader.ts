import type { Item } from "./table.ts";

/** A kind of field: what an error calls it, and how it is recognised. */
export type Kind<T> = { name: string; is(value: unknown): value is T };

export const TEXT: Kind<string> = { name: "a text", is: (value) => typeof value === "string" };
export const NUMBER: Kind<number> = { name: "a number", is: (value) => typeof value === "number" };
export const BYTES: Kind<Uint8Array> = { name: "bytes", is: (value) => value instanceof Uint8Array };
export const FLAG: Kind<boolean> = { name: "true or false", is: (value) => typeof value === "boolean" };
export const TEXTS: Kind<string[]> = {
  name: "a list of texts",
  is: (value): value is string[] => Array.isArray(value) && value.every((part) => typeof part === "string"),
};
export const MAP: Kind<Item> = {
  name: "a map",
  is: (value): value is Item => typeof value === "object" && value !== null && !Array.isArray(value),
};

/** Reads a row field by field; each throws an Error that names row, field and kind, never a value. */
export type RowReader = {
  need<T>(field: string, kind: Kind<T>): T;
  /** The field under its name, or nothing where the row has none. */
  optional<N extends string, T>(field: N, kind: Kind<T>): { [name in N]?: T };
  /** Reader of a map inside. */
  within(field: string): RowReader;
  /** Names of all fields. */
  fields(): string[];
  /** @throws Error in the same form */
  refuse(field: string, what: string): never;
};

/** A row is named by its table and key. */
export const rowReader = (table: string, item: Item): RowReader =>
  reader(
    `${table} row ${[item["pk"], item["sk"]].filter((part) => part !== undefined).join(" / ")}`,
    item,
    "",
  );

function reader(row: string, item: Item, path: string): RowReader {
  const refuse = (field: string, what: string): never => {
    throw new Error(`${row}: ${path}${field} ${what}`);
  };
  const need = <T>(field: string, { name, is }: Kind<T>): T => {
    const value = item[field];
    if (is(value)) return value;
    return refuse(field, value === undefined ? "is missing" : `is not ${name}`);
  };
  return {
    need,
    refuse,
    optional: <N extends string, T>(field: N, kind: Kind<T>) =>
      (item[field] === undefined ? {} : { [field]: need(field, kind) }) as { [name in N]?: T },
    within: (field) => reader(row, need(field, MAP), `${path}${field}.`),
    fields: () => Object.keys(item),
  };
}
