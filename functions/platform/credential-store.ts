import type { CredentialName } from "../core/app/provider-input.ts";
import { CHANNEL_OF } from "../core/words.ts";

/** Credentials as they were written, JSON; `version` is another after each write. */
export type KeptCredentials = { text: string; version: string };

/** `refusesYet`: whether an error only says that KMS does not know everywhere yet what it was told of the key. */
export type SealingKey = { arn: string; refusesYet(error: unknown): boolean };

/** Who reads credentials is bound to a channel. The app's own token secret is read where sockets are opened. */
export const channelOf = (name: CredentialName): string => (name === "jwt" ? "inApp" : CHANNEL_OF[name]);
