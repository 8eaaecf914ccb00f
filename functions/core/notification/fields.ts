import * as z from "zod/mini";
import { once, optional, strictObject, string } from "../schema.ts";
import { isStorable, NOT_STORABLE } from "../storable.ts";

/** Lone surrogates cannot be encoded in UTF-8 and poison a provider's JSON. */
export const wellFormed = z.refine<string>(
  (value) => value.isWellFormed(),
  "holds a lone surrogate (half of a character)",
);
const notEmpty = z.minLength(1);

export const text = once((max) => string(notEmpty, z.maxLength(max), wellFormed));
export const httpsUrl = string(
  z.maxLength(2048),
  z.regex(/^https:\/\/[^\s]+$/, "must be an https URL"),
  wellFormed,
);
export const identifier = once((max) => string(notEmpty, z.maxLength(max), z.regex(/^[\w.:~-]+$/)));

export const localised = strictObject({
  key: text(128),
  args: optional(z.array(string(z.maxLength(256), wellFormed)).check(z.maxLength(10))),
});

export const passThrough = z.record(z.string(), z.unknown()).check(z.refine(isStorable, NOT_STORABLE));

/** No control characters: a line break in a mail's header would begin another. */
export const line = once((max) =>
  string(notEmpty, z.maxLength(max), z.regex(/^[^\p{Cc}\p{Cs}]*$/u, "must be one line of text")),
);

export const rfc3339 = string(
  z.maxLength(40),
  z.regex(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/,
    "must be an RFC 3339 time with a zone",
  ),
);

/** The same, and a day that the calendar has. */
export const instant = rfc3339.check(z.refine((text) => !Number.isNaN(Date.parse(text)), "is not a time"));
