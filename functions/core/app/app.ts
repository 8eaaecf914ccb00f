import type { Welcome } from "../notification/welcome.ts";
import type { CategoryOverride } from "../policy/category.ts";
import type { ProviderName } from "../words.ts";

/** What is known of a provider's credentials without reading them: nothing secret. */
export type ProviderSetup = {
  configuredAtMs: number;
  /** Team id, key id, project id or public key: what an operator recognises them by. */
  summary: Record<string, string>;
  /** What its settings make of its messages' sizes. */
  added?: AddedSizes;
};

/**
 * Bytes or characters by which a provider's settings lengthen a measured part of its messages: part -> category -> how
 * many, `*` for the categories that the settings do not name.
 */
export type AddedSizes = Record<string, Record<string, number>>;

/** How end users of an app prove who they are. */
export type ClientAuth =
  | { kind: "hs256" }
  | { kind: "jwks"; url: string; issuer?: string; audience?: string };

/** One app: a tenant. */
export type App = {
  id: string;
  name?: string;
  createdAtMs: number;
  disabled?: boolean;
  origins: string[];
  categories: Record<string, CategoryOverride>;
  providers: Partial<Record<ProviderName, ProviderSetup>>;
  clientAuth?: ClientAuth;
  /** The secret that HS256 client tokens are signed with is stored. */
  jwt?: ProviderSetup;
  /** Used where a notification says nothing; `welcome` is one of its own. */
  defaults: {
    icon?: string;
    badgeIcon?: string;
    sound?: string;
    roads?: ProviderName[];
    welcome?: Welcome;
  };
  limits: { requestsPerS?: number; maxTtlS?: number; maxAttempts?: number };
};

export const SCOPES = ["send", "read", "users", "apps"] as const;
export type Scope = (typeof SCOPES)[number];

export type ApiKey = {
  app: string;
  id: string;
  /** SHA-256 hex of the secret. */
  hash: string;
  scopes: Scope[];
  createdAtMs: number;
  name?: string;
  revokedAtMs?: number;
  /** Requests must also be signed with the secret (docs/api.md#signing). */
  signed?: boolean;
};

/** Pause switches: channel or provider -> paused since. */
export type Switches = Record<string, number>;

/** Providers that can be sent through: those with credentials; sockets need none. */
export function configuredProviders(app: App): ReadonlySet<ProviderName> {
  return new Set<ProviderName>(["websocket", ...(Object.keys(app.providers) as ProviderName[])]);
}
