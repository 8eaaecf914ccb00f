import type { Provider } from "../../core/dispatch/provider.ts";
import {
  type CredentialProvider,
  type CredentialsOf,
  isCredentialProvider,
  providerCredentials,
} from "../credentials.ts";
import type { ProviderSource } from "../dispatching.ts";
import { settings } from "../env.ts";

type Closable = { close(): void };
type Made<T> = { version: string; provider: T };
type Maker<P extends CredentialProvider, T> = (app: string, credentials: CredentialsOf<P>) => T | Promise<T>;

/** What an app has of a provider, or the reason why it has none. */
export type Source<T> = (app: string) => Promise<T | { missing: string }>;

/** Providers of the apps that were sent for last keep their connections: so many. */
const MAX_PROVIDERS = 100;

/** One provider per app, made again when its credentials are rotated. */
export function sourceOf<P extends CredentialProvider, T extends Closable>(
  wanted: P,
  make: Maker<P, T>,
): Source<T> {
  const made = new Map<string, Made<T>>();
  return async (app) => {
    const credentials = await providerCredentials(app, wanted);
    if ("missing" in credentials) return credentials;
    const known = made.get(app);
    if (known?.version === credentials.version) return used(made, app, known);
    const fresh = { version: credentials.version, provider: await make(app, credentials.value) };
    const meanwhile = made.get(app);
    if (meanwhile?.version === credentials.version) {
      fresh.provider.close();
      return meanwhile.provider;
    }
    if (meanwhile) closeLater(meanwhile);
    made.delete(app);
    made.set(app, fresh);
    if (made.size > MAX_PROVIDERS) dropOldest(made);
    return fresh.provider;
  };
}

/** Moves to the end of those that make room. */
function used<T>(made: Map<string, Made<T>>, app: string, one: Made<T>): T {
  made.delete(app);
  made.set(app, one);
  return one.provider;
}

/** Requests that began under the old key end with it: no invocation lasts as long as a lease. */
function closeLater({ provider }: Made<Closable>): void {
  setTimeout(() => provider.close(), settings().leaseMs).unref();
}

function dropOldest(made: Map<string, Made<Closable>>): void {
  const [oldest] = made;
  if (oldest === undefined) return;
  made.delete(oldest[0]);
  closeLater(oldest[1]);
}

/** @throws Error for a provider of another channel: its jobs were sent to the wrong queue */
export function chosen(sources: Partial<Record<CredentialProvider, Source<Provider>>>): ProviderSource {
  return async (app, provider) => {
    const source = isCredentialProvider(provider) ? sources[provider] : undefined;
    if (source === undefined) throw new Error(`provider ${provider} is not one of this dispatcher's`);
    return source(app);
  };
}
