import { sha256Hex } from "../../core/hash.ts";
import { sameText } from "../vendor/same-text.ts";

/** Whether a post carried the access token of the console, where the app names one; its hash is known. */
export const isMeizuProof = (
  sha256: string | undefined,
  { receiptToken }: { receiptToken?: string | undefined },
): boolean =>
  receiptToken === undefined || (sha256 !== undefined && sameText(sha256, sha256Hex(receiptToken)));
