import { sha256Hex } from "../../core/hash.ts";
import { sameText } from "../vendor/same-text.ts";
import { jpushAuthorization } from "./payload.ts";

/** Whether a post carried the app's own key and secret (Basic), of which the hash is known. */
export const isJpushProof = (
  sha256: string,
  { appKey, masterSecret }: { appKey: string; masterSecret: string },
): boolean => sameText(sha256, sha256Hex(jpushAuthorization(appKey, masterSecret)));
