import type { CredentialName } from "../core/app/provider-input.ts";
import { CHANNEL_OF } from "../core/words.ts";

/** Credentials as they were written, JSON; `version` is another after each write. */
export type KeptCredentials = { text: string; version: string };

/** One place where apps' credentials are kept: a module of these three functions, so that readers load no writer. */
export type CredentialStore = {
  /** Undefined where there are none; "unreadable" (and a line in the log) where there are some that do not open. */
  read(app: string, name: CredentialName): Promise<KeptCredentials | "unreadable" | undefined>;
  /** New or anew. @throws AppError conflict while older ones of this name are still being deleted */
  write(app: string, name: CredentialName, value: object): Promise<void>;
  /** What is not there is removed already. */
  remove(app: string, name: CredentialName): Promise<void>;
};

/** Who reads credentials is bound to a channel. The app's own token secret is read where sockets are opened. */
export const channelOf = (name: CredentialName): string => (name === "jwt" ? "inApp" : CHANNEL_OF[name]);
