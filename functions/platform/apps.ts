import { type App, configuredProviders, type Switches } from "../core/app/app.ts";
import type { AppFacts } from "../core/plan/decide.ts";
import { catalogStore } from "../storage/catalog.ts";
import { cached } from "./cached.ts";
import { tableOf } from "./clients.ts";

/** Apps change rarely; a switch must be honoured within 5 s. */
const APP_TTL_MS = 5_000;
const SWITCH_TTL_MS = 4_000;

const apps = cached<App | undefined>(APP_TTL_MS, (id) => catalogStore(tableOf("catalog")).app(id));
const switches = cached<Switches>(SWITCH_TTL_MS, (id) => catalogStore(tableOf("catalog")).switches(id));

export const findApp = (id: string): Promise<App | undefined> => apps.get(id);

/** @throws Error when the app was removed while its messages were under way */
export async function appOf(id: string): Promise<App> {
  const app = await apps.get(id);
  if (app === undefined) throw new Error(`app ${id} does not exist`);
  return app;
}

type Facts = AppFacts & { paused: boolean };

export async function appFacts(id: string): Promise<Facts> {
  return factsFrom(...(await Promise.all([appOf(id), switches.get(id)])));
}

/** An app's clock and a notification's may be two environments'. */
const SKEW_MS = 60_000;

/**
 * What decides a notification; undefined where its app was removed since, and where another one has its id by now.
 * @throws Error where the app is missing without word of its removal: its row was lost, and may be restored
 */
export async function factsIfThere(of: { app: string; createdAtMs: number }): Promise<Facts | undefined> {
  const catalog = catalogStore(tableOf("catalog"));
  const [found, paused] = await Promise.all([apps.get(of.app), switches.get(of.app)]);
  const app = found ?? (await catalog.app(of.app, true));
  if (app !== undefined)
    return app.createdAtMs - SKEW_MS > of.createdAtMs ? undefined : factsFrom(app, paused);
  if (await catalog.wasRemoved(of.app)) return undefined;
  throw new Error(`app ${of.app} does not exist`);
}

function factsFrom(app: App, paused: Switches): Facts {
  const { roads } = app.defaults;
  return {
    configured: configuredProviders(app),
    ...(roads && { roads }),
    paused: paused["all"] !== undefined,
  };
}

/** Whether a switch of the app stops this channel or provider. */
export async function isPaused(id: string, channel: string, provider: string): Promise<boolean> {
  const paused = await switches.get(id);
  return [paused["all"], paused[channel], paused[provider]].some((since) => since !== undefined);
}
