const compiled = new Map<string, RegExp>();

/** IAM wildcards: `*` is any run of characters, `?` is exactly one. */
export function matchesPattern(pattern: string, value: string, ignoreCase = false): boolean {
  if (pattern === "*") return true;
  const key = `${ignoreCase ? "i" : "c"}${pattern}`;
  let regex = compiled.get(key);
  if (!regex) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".");
    regex = new RegExp(`^${source}$`, ignoreCase ? "is" : "s");
    compiled.set(key, regex);
  }
  return regex.test(value);
}

/** Like `matchesPattern`, but a `*` does not reach over a colon: the rule of ArnLike and ArnEquals. */
export function matchesArn(pattern: string, value: string): boolean {
  const patternParts = arnParts(pattern);
  const valueParts = arnParts(value);
  if (patternParts.length !== valueParts.length) return false;
  return patternParts.every((part, index) => matchesPattern(part, valueParts[index]!));
}

/** Six parts; the last, the resource, keeps its own colons. */
function arnParts(arn: string): string[] {
  const parts = arn.split(":");
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(":")];
}
