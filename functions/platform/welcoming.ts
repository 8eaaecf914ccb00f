import { AppError } from "../core/errors/app-error.ts";
import { acceptNotification } from "../core/notification/accept.ts";
import { type WelcomeMessage, welcomeRequest } from "../core/notification/welcome.ts";
import { acceptPorts } from "./accepting.ts";
import { findApp } from "./apps.ts";
import { log } from "./log.ts";

/** Accepts an app's welcome for a browser. What another try would not mend costs the welcome and nothing else. */
export async function welcome(message: WelcomeMessage): Promise<void> {
  const app = await findApp(message.app);
  const content = app?.defaults.welcome;
  if (app === undefined || app.disabled || content === undefined) return;
  try {
    // Left to the plan queue: deciding here would need rights that nothing else on this queue does.
    const ports = { ...acceptPorts(), decideInline: async () => undefined };
    await acceptNotification(ports, app, welcomeRequest(message, content));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    log.info("welcome not sent", { app: app.id, why: error.code });
  }
}
