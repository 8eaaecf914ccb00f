import { randomInt } from "node:crypto";
import type { Secret } from "../template/model.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

function password(length: number, excludePunctuation: boolean): string {
  const alphabet = excludePunctuation ? LETTERS : LETTERS + PUNCTUATION;
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
}

/** What CloudFormation would put into a new secret: the literal, or GenerateSecretString. */
export function firstValue(secret: Secret): string | undefined {
  if (secret.literal !== undefined) return secret.literal;
  if (!secret.generate) return undefined;
  const { template, key, length, excludePunctuation } = secret.generate;
  const generated = password(length, excludePunctuation);
  if (template === undefined || key === undefined) return generated;
  return JSON.stringify({ ...(JSON.parse(template) as Record<string, unknown>), [key]: generated });
}
