import type { Statement } from "../template/model.ts";
import type { Context } from "./conditions.ts";

/** One permission that a call needs; a call may need several (PassRole, each item of a transaction). */
export type Demand = {
  action: string;
  resource: string;
  context?: Context;
  /** The policy on the resource itself, where it has one. */
  resourcePolicy?: readonly Statement[];
};

export type Place = { region: string; account: string };

/** A request body before its service has looked at it. */
export type Input = Record<string, unknown>;

export const textOf = (input: Input, member: string) => {
  const value = input[member];
  return typeof value === "string" ? value : "";
};
