import {
  type AddedSizes,
  type ApiKey,
  type App,
  type ClientAuth,
  type ProviderSetup,
  SCOPES,
  type Scope,
  type Switches,
} from "../core/app/app.ts";
import type { Welcome } from "../core/notification/welcome.ts";
import { PROVIDERS, type ProviderName } from "../core/words.ts";
import { FLAG, MAP, NUMBER, type RowReader, rowReader, TEXT, TEXTS } from "./row-reader.ts";
import type { Item } from "./table.ts";

const catalogRow = (item: Item): RowReader => rowReader("Catalog", item);

/** @throws Error naming the row and the field that is missing or of another type */
export function appOf(item: Item): App {
  const row = catalogRow(item);
  const [defaults, limits] = [row.within("defaults"), row.within("limits")];
  return {
    id: row.need("id", TEXT),
    ...row.optional("name", TEXT),
    createdAtMs: row.need("createdAtMs", NUMBER),
    ...row.optional("disabled", FLAG),
    origins: row.need("origins", TEXTS),
    // Each was judged by its schema before it was stored.
    categories: row.need("categories", MAP) as App["categories"],
    providers: setupsOf(row.within("providers")),
    ...(hasField(row, "clientAuth") && { clientAuth: clientAuthOf(row.within("clientAuth")) }),
    ...(hasField(row, "jwt") && { jwt: setupOf(row.within("jwt")) }),
    defaults: {
      ...defaults.optional("icon", TEXT),
      ...defaults.optional("badgeIcon", TEXT),
      ...defaults.optional("sound", TEXT),
      ...(hasField(defaults, "roads") && { roads: defaults.need("roads", TEXTS).filter(isProvider) }),
      ...(hasField(defaults, "welcome") && { welcome: defaults.need("welcome", MAP) as Welcome }),
    },
    limits: {
      ...limits.optional("requestsPerS", NUMBER),
      ...limits.optional("maxTtlS", NUMBER),
      ...limits.optional("maxAttempts", NUMBER),
    },
  };
}

/** @throws Error naming the row and the field that is missing or of another type */
export function apiKeyOf(item: Item): ApiKey {
  const row = catalogRow(item);
  return {
    app: row.need("app", TEXT),
    id: row.need("id", TEXT),
    hash: row.need("hash", TEXT),
    scopes: row.need("scopes", TEXTS).filter(isScope),
    createdAtMs: row.need("createdAtMs", NUMBER),
    ...row.optional("name", TEXT),
    ...row.optional("revokedAtMs", NUMBER),
    ...row.optional("signed", FLAG),
  };
}

/** @throws Error naming the row and the field that is missing or of another type */
export function switchesOf(item: Item): Switches {
  const paused = catalogRow(item).within("paused");
  return Object.fromEntries(paused.fields().map((what) => [what, paused.need(what, NUMBER)]));
}

const hasField = (row: RowReader, field: string): boolean => row.fields().includes(field);

const isProvider = (text: string): text is ProviderName => (PROVIDERS as readonly string[]).includes(text);

/** A scope that only a newer version knows opens nothing here. */
const isScope = (text: string): text is Scope => (SCOPES as readonly string[]).includes(text);

function setupsOf(providers: RowReader): App["providers"] {
  return Object.fromEntries(providers.fields().map((name) => [name, setupOf(providers.within(name))]));
}

function setupOf(setup: RowReader): ProviderSetup {
  const summary = setup.within("summary");
  return {
    configuredAtMs: setup.need("configuredAtMs", NUMBER),
    summary: Object.fromEntries(summary.fields().map((name) => [name, summary.need(name, TEXT)])),
    ...(hasField(setup, "added") && { added: addedOf(setup.within("added")) }),
  };
}

function addedOf(added: RowReader): AddedSizes {
  const numbers = (part: RowReader) => part.fields().map((name) => [name, part.need(name, NUMBER)]);
  return Object.fromEntries(
    added.fields().map((part) => [part, Object.fromEntries(numbers(added.within(part)))]),
  );
}

function clientAuthOf(auth: RowReader): ClientAuth {
  const kind = auth.need("kind", TEXT);
  if (kind === "hs256") return { kind };
  if (kind !== "jwks") return auth.refuse("kind", "is not known here");
  return {
    kind,
    url: auth.need("url", TEXT),
    ...auth.optional("issuer", TEXT),
    ...auth.optional("audience", TEXT),
  };
}
