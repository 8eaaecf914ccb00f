import { VENDOR_CREDENTIALS, type VendorName } from "../../core/credentials/vendors.ts";
import type { Message, Provider } from "../../core/dispatch/provider.ts";
import { apnsProvider } from "../../providers/apns/apns.ts";
import { fcmProvider } from "../../providers/fcm/fcm.ts";
import type { OpenSocket } from "../../providers/transport/reply.ts";
import type { TokenStore } from "../../providers/transport/shared-token.ts";
import { inboxReading } from "../../storage/inbox-reading.ts";
import { sharedTokenStore } from "../../storage/shared-tokens.ts";
import { spentDayStore } from "../../storage/spent-days.ts";
import { now, tableOf } from "../clients.ts";
import type { CredentialProvider } from "../credentials.ts";
import type { ProviderSource } from "../dispatching.ts";
import { ownEgress } from "../egress.ts";
import { log } from "../log.ts";
import { chosen, type Source, sourceOf } from "./source.ts";
import { vendorProvider } from "./vendors.ts";

const VENDOR_NAMES = Object.keys(VENDOR_CREDENTIALS) as VendorName[];

type Shared = { open: OpenSocket; tokens: TokenStore };
const shared = (): Shared => ({ open: ownEgress(), tokens: sharedTokenStore(tableOf("guard"), now) });

/** What the person has not read yet; a badge that cannot be counted leaves the icon as it is. */
async function unread(
  { app, notificationId, inInbox = false }: Message,
  user: string,
): Promise<number | undefined> {
  try {
    const { count, holds } = await inboxReading(tableOf("inbox"), now).unread(app, user, notificationId);
    // The inbox is another queue's work: it may not have this message yet.
    return inInbox && !holds ? count + 1 : count;
  } catch (error) {
    log.error("badge not counted", error, { app, notification: notificationId });
    return undefined;
  }
}

/** APNs, FCM, the Chinese vendors and the aggregators. */
export function mobilePushSource(): ProviderSource {
  const parts = shared();
  const sources: Partial<Record<CredentialProvider, Source<Provider>>> = {
    apns: sourceOf("apns", (app, credentials) => apnsProvider({ app, credentials, now, unread, ...parts })),
    fcm: sourceOf("fcm", (app, credentials) => fcmProvider({ app, credentials, now, ...parts })),
    ...Object.fromEntries(
      VENDOR_NAMES.map((name) => [
        name,
        sourceOf(name, (app, credentials) => {
          const days = spentDayStore(tableOf("guard"), { app, provider: name });
          return vendorProvider(name, { app, credentials, now, days, ...parts });
        }),
      ]),
    ),
  };
  return chosen(sources);
}
