import type { Provider } from "../../core/dispatch/provider.ts";
import {
  type CredentialProvider,
  type CredentialsOf,
  isCredentialProvider,
  providerCredentials,
} from "../credentials.ts";
import type { ProviderSource } from "../dispatching.ts";
import { settings } from "../env.ts";

type Closable = Provider & { close(): void };
type Made = { version: string; provider: Closable };
type Maker<P extends CredentialProvider> = (
  app: string,
  credentials: CredentialsOf<P>,
) => Closable | Promise<Closable>;

/** Providers of this many apps keep their connections. */
const MAX_PROVIDERS = 100;

/** One provider per app, made again when its credentials are rotated. */
export function sourceOf<P extends CredentialProvider>(wanted: P, make: Maker<P>) {
  const made = new Map<string, Made>();
  return async (app: string): Promise<Provider | { missing: string }> => {
    const credentials = await providerCredentials(app, wanted);
    if ("missing" in credentials) return credentials;
    const known = made.get(app);
    if (known?.version === credentials.version) return known.provider;
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

/** Requests that began under the old key end with it: no invocation lasts as long as a lease. */
function closeLater({ provider }: Made): void {
  setTimeout(() => provider.close(), settings().leaseMs).unref();
}

function dropOldest(made: Map<string, Made>): void {
  const [oldest] = made;
  if (oldest === undefined) return;
  made.delete(oldest[0]);
  closeLater(oldest[1]);
}

/** @throws Error for a provider of another channel: its jobs were sent to the wrong queue */
export function chosen(
  sources: Partial<Record<CredentialProvider, ReturnType<typeof sourceOf>>>,
): ProviderSource {
  return async (app, provider) => {
    const source = isCredentialProvider(provider) ? sources[provider] : undefined;
    if (source === undefined) throw new Error(`provider ${provider} is not one of this dispatcher's`);
    return source(app);
  };
}
