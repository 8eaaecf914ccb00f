const MOST = Number.MAX_SAFE_INTEGER;
/** DynamoDB keeps numbers down to 1E-130. */
const LEAST = 1e-100;

/** Whether every number and text in a JSON value is one that the tables can hold as it is. */
export function isStorable(value: unknown): boolean {
  if (typeof value === "number") return value === 0 || (Math.abs(value) <= MOST && Math.abs(value) >= LEAST);
  if (typeof value === "string") return value.isWellFormed();
  if (value === null || typeof value !== "object") return true;
  return Object.entries(value).every(([name, held]) => name.isWellFormed() && isStorable(held));
}

export const NOT_STORABLE =
  "holds a number beyond ±(2^53 - 1) or nearer to 0 than 1e-100, or a lone surrogate (half of a character)";
