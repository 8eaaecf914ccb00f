import type { Message } from "../../core/dispatch/provider.ts";
import { apnsProvider } from "../../providers/apns/apns.ts";
import { fcmProvider } from "../../providers/fcm/fcm.ts";
import { getuiProvider } from "../../providers/getui/getui.ts";
import { hmsProvider } from "../../providers/hms/hms.ts";
import { honorProvider } from "../../providers/honor/honor.ts";
import { jpushProvider } from "../../providers/jpush/jpush.ts";
import { meizuProvider } from "../../providers/meizu/meizu.ts";
import { miProvider } from "../../providers/mi/mi.ts";
import { oppoProvider } from "../../providers/oppo/oppo.ts";
import type { OpenSocket } from "../../providers/transport/reply.ts";
import type { TokenStore } from "../../providers/transport/shared-token.ts";
import { umengProvider } from "../../providers/umeng/umeng.ts";
import { vivoProvider } from "../../providers/vivo/vivo.ts";
import { inboxStore } from "../../storage/inbox.ts";
import { sharedTokenStore } from "../../storage/shared-tokens.ts";
import { now, tableOf } from "../clients.ts";
import type { CredentialProvider } from "../credentials.ts";
import type { ProviderSource } from "../dispatching.ts";
import { ownEgress } from "../egress.ts";
import { log } from "../log.ts";
import { chosen, sourceOf } from "./source.ts";

type Shared = { open: OpenSocket; tokens: TokenStore };
const shared = (): Shared => ({ open: ownEgress(), tokens: sharedTokenStore(tableOf("guard"), now) });

/** What the person's clients have not acknowledged yet; a badge that cannot be counted leaves the icon as it is. */
async function unread(
  { app, notificationId, inInbox = false }: Message,
  user: string,
): Promise<number | undefined> {
  try {
    const head = await inboxStore(tableOf("inbox"), now).head(app, user);
    // The inbox is another queue's work: it may not have this message yet.
    const coming = inInbox && !head?.recent.includes(notificationId) ? 1 : 0;
    return (head ? head.sequence - head.acked : 0) + coming;
  } catch (error) {
    log.error("badge not counted", error, { app, notification: notificationId });
    return undefined;
  }
}

/** APNs, FCM, the Chinese vendors and the aggregators. */
export function mobilePushSource(): ProviderSource {
  const parts = shared();
  const sources: Partial<Record<CredentialProvider, ReturnType<typeof sourceOf>>> = {
    apns: sourceOf("apns", (app, credentials) => apnsProvider({ app, credentials, now, unread, ...parts })),
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
