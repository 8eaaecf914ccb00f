import * as z from "zod/mini";
import en from "zod/v4/locales/en.js";
import { AppError, type FieldError } from "./app-error.ts";

// zod/mini brings no messages of its own: without this every fault would read "Invalid input".
z.config(en());

/** JSON pointer (RFC 6901) of a path into a document. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** At most this many wrong fields are named in one answer. */
const MAX_FIELD_ERRORS = 20;

function fieldErrors(issues: readonly z.core.$ZodIssue[], base: readonly PropertyKey[] = []): FieldError[] {
  return issues.flatMap((issue): FieldError[] => {
    const path = [...base, ...issue.path];
    if (issue.code === "invalid_union") return unionErrors(issue, path);
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        pointer: jsonPointer([...path, key]),
        detail: "is not a known field",
      }));
    }
    return [{ pointer: jsonPointer(path), detail: issue.message }];
  });
}

/** Of a union's branches the one with the fewest complaints is what the caller meant. */
function unionErrors(issue: z.core.$ZodIssueInvalidUnion, path: readonly PropertyKey[]): FieldError[] {
  const branches = issue.errors.map((errors) => fieldErrors(errors, path));
  const deepest = branches.sort((a, b) => a.length - b.length)[0];
  return deepest?.length ? deepest : [{ pointer: jsonPointer(path), detail: issue.message }];
}

/**
 * Input as the schema's type.
 * @throws AppError invalid_request naming each wrong field by JSON pointer (at most 20)
 */
export function parse<T extends z.core.$ZodType>(schema: T, input: unknown): z.output<T> {
  const result = z.safeParse(schema, input);
  if (result.success) return result.data;
  const errors = fieldErrors(result.error.issues).slice(0, MAX_FIELD_ERRORS);
  const first = errors[0];
  throw new AppError("invalid_request", first ? `${first.pointer || "/"}: ${first.detail}` : "invalid", {
    errors,
  });
}

/** Depth of nesting of a JSON text, brackets inside strings left out; stops at `limit` + 1. */
export function jsonDepth(text: string, limit: number): number {
  // A string that never ends is taken to the end of the text: to begin again at each quote inside it is quadratic.
  const brackets = /"(?:[^"\\]|\\.)*(?:"|\\?$)|[[{]|[\]}]/gs;
  let depth = 0;
  let deepest = 0;
  for (const [token] of text.matchAll(brackets)) {
    if (token === "{" || token === "[") deepest = Math.max(deepest, ++depth);
    else if (token === "}" || token === "]") depth--;
    if (deepest > limit) break;
  }
  return deepest;
}

/**
 * JSON text as a value, guarded by size and depth before it is parsed.
 * @throws AppError body_too_large, json_too_deep, invalid_json, invalid_request (a field `__proto__`)
 */
export function parseJson(text: string, limits: { bodyBytes: number; jsonDepth: number }): unknown {
  if (Buffer.byteLength(text) > limits.bodyBytes) {
    throw new AppError(
      "body_too_large",
      `the body has ${Buffer.byteLength(text)} bytes; the limit is ${limits.bodyBytes}`,
    );
  }
  if (jsonDepth(text, limits.jsonDepth) > limits.jsonDepth) {
    throw new AppError("json_too_deep", `the body is nested deeper than ${limits.jsonDepth} levels`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AppError("invalid_json", `the body is not JSON: ${(error as Error).message.slice(0, 120)}`);
  }
  // Looked for only where the text could spell it: all other bodies are spared the walk.
  if (/__proto__|\\u/.test(text) && namesPrototype(value))
    throw new AppError("invalid_request", "no field may be called __proto__");
  return value;
}

/** Copied field by field, as a schema does it, `__proto__` would change what the object is instead of what it holds. */
function namesPrototype(value: unknown): boolean {
  if (value === null || typeof value !== "object") return false;
  return Object.hasOwn(value, "__proto__") || Object.values(value).some(namesPrototype);
}
