import type { WelcomeMessage } from "../core/notification/welcome.ts";
import type { TokenOwner } from "../core/recipient/register-device.ts";
import { findApp } from "./apps.ts";
import { now } from "./clients.ts";
import { log } from "./log.ts";
import { groupOf, sendAll } from "./queues.ts";

/** Asks for the app's welcome, where it has one. The registration stands: a failure costs the welcome and nothing else. */
export async function askWelcome(app: string, { user, device }: TokenOwner, hash: string): Promise<void> {
  try {
    if ((await findApp(app))?.defaults.welcome === undefined) return;
    const body: WelcomeMessage = { v: 2, kind: "welcome", app, user, device, hash, askedAtMs: now() };
    await sendAll("ingest", [{ body, group: groupOf(app, "welcome") }]);
  } catch (error) {
    log.error("welcome not asked for", error, { app });
  }
}
