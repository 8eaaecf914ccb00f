import type { Provider } from "../core/dispatch/provider.ts";
import { apnsProvider } from "../providers/apns/apns.ts";
import { fcmProvider } from "../providers/fcm/fcm.ts";
import { getuiProvider } from "../providers/getui/getui.ts";
import { hmsProvider } from "../providers/hms/hms.ts";
import { honorProvider } from "../providers/honor/honor.ts";
import { jpushProvider } from "../providers/jpush/jpush.ts";
import { meizuProvider } from "../providers/meizu/meizu.ts";
import { miProvider } from "../providers/mi/mi.ts";
import { oppoProvider } from "../providers/oppo/oppo.ts";
import type { OpenSocket } from "../providers/transport/reply.ts";
import type { TokenStore } from "../providers/transport/shared-token.ts";
import { umengProvider } from "../providers/umeng/umeng.ts";
import { vivoProvider } from "../providers/vivo/vivo.ts";
import { webPushProvider } from "../providers/webpush/webpush.ts";
import { sharedTokenStore } from "../storage/shared-tokens.ts";
import { now, tableOf } from "./clients.ts";
import {
  type CredentialProvider,
  type CredentialsOf,
  isCredentialProvider,
  providerCredentials,
} from "./credentials.ts";
import type { ProviderSource } from "./dispatching.ts";
import { ownEgress } from "./egress.ts";
import { settings } from "./env.ts";

type Closable = Provider & { close(): void };
type Made = { version: string; provider: Closable };
type Maker<P extends CredentialProvider> = (app: string, credentials: CredentialsOf<P>) => Closable;

/** Providers of this many apps keep their connections. */
const MAX_PROVIDERS = 100;

/** One provider per app, made again when its credentials are rotated. */
function sourceOf<P extends CredentialProvider>(wanted: P, make: Maker<P>) {
  const made = new Map<string, Made>();
  return async (app: string): Promise<Provider | { missing: string }> => {
    const credentials = await providerCredentials(app, wanted);
    if ("missing" in credentials) return credentials;
    const known = made.get(app);
    if (known?.version === credentials.version) return known.provider;
    if (known) closeLater(known);
    const fresh = { version: credentials.version, provider: make(app, credentials.value) };
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

type Shared = { open: OpenSocket; tokens: TokenStore };
const shared = (): Shared => ({ open: ownEgress(), tokens: sharedTokenStore(tableOf("guard"), now) });

/** APNs, FCM, the Chinese vendors and the aggregators. */
export function mobilePushSource(): ProviderSource {
  const parts = shared();
  const sources: Partial<Record<CredentialProvider, ReturnType<typeof sourceOf>>> = {
    apns: sourceOf("apns", (app, credentials) => apnsProvider({ app, credentials, now, ...parts })),
    fcm: sourceOf("fcm", (app, credentials) => fcmProvider({ app, credentials, now, ...parts })),
    hms: sourceOf("hms", (app, credentials) => hmsProvider({ app, credentials, now, ...parts })),
    vivo: sourceOf("vivo", (app, credentials) => vivoProvider({ app, credentials, now, ...parts })),
    oppo: sourceOf("oppo", (app, credentials) => oppoProvider({ app, credentials, now, ...parts })),
    mi: sourceOf("mi", (app, credentials) => miProvider({ app, credentials, now, ...parts })),
    honor: sourceOf("honor", (app, credentials) => honorProvider({ app, credentials, now, ...parts })),
    meizu: sourceOf("meizu", (_app, credentials) => meizuProvider({ credentials, now, ...parts })),
    jpush: sourceOf("jpush", (_app, credentials) => jpushProvider({ credentials, now, ...parts })),
    getui: sourceOf("getui", (app, credentials) => getuiProvider({ app, credentials, now, ...parts })),
    umeng: sourceOf("umeng", (_app, credentials) => umengProvider({ credentials, now, ...parts })),
  };
  return chosen(sources);
}

export function webPushSource(): ProviderSource {
  const { webPushHosts: extraHosts } = settings();
  const open = ownEgress();
  return chosen({
    webpush: sourceOf("webpush", (_app, credentials) =>
      webPushProvider({ credentials, extraHosts, open, now }),
    ),
  });
}

/** @throws Error for a provider of another channel: its jobs were sent to the wrong queue */
function chosen(sources: Partial<Record<CredentialProvider, ReturnType<typeof sourceOf>>>): ProviderSource {
  return async (app, provider) => {
    const source = isCredentialProvider(provider) ? sources[provider] : undefined;
    if (source === undefined) throw new Error(`provider ${provider} is not one of this dispatcher's`);
    return source(app);
  };
}
