import * as z from "zod/mini";

export const LIST_LIMIT = { standard: 50, most: 200 } as const;

/** A place in a list, as an answer before gave it. */
export const cursor = z.string().check(z.minLength(1), z.maxLength(2048));

export const limit = z.string().check(
  z.regex(/^\d{1,3}$/, "must be a number"),
  z.refine((text) => Number(text) >= 1 && Number(text) <= LIST_LIMIT.most, `must be 1 to ${LIST_LIMIT.most}`),
);
