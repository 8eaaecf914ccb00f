import { webPushProvider } from "../../providers/webpush/webpush.ts";
import { now } from "../clients.ts";
import type { ProviderSource } from "../dispatching.ts";
import { ownEgress } from "../egress.ts";
import { settings } from "../env.ts";
import { chosen, sourceOf } from "./source.ts";

/** Push services of browsers. */
export function webPushSource(): ProviderSource {
  const { webPushHosts: extraHosts } = settings();
  const open = ownEgress();
  return chosen({
    webpush: sourceOf("webpush", (_app, credentials) =>
      webPushProvider({ credentials, extraHosts, open, now }),
    ),
  });
}
