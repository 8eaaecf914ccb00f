import { JpushCredentials } from "../../functions/core/credentials/vendors.ts";
import { jpushProvider } from "../../functions/providers/jpush/jpush.ts";
import { JPUSH_CLASSES } from "../../functions/providers/jpush/outcome.ts";
import type { World } from "./provider-world.ts";
import { vendorSubject } from "./vendor-suite.ts";

export const apps = new Map<string, JpushCredentials>();

function credentials(world: World, app: string): JpushCredentials {
  const known = apps.get(app);
  if (known) return known;
  const region = app.startsWith("beijing") ? "beijing" : "default";
  const made = JpushCredentials.parse({ appKey: `key-${app}`, masterSecret: `secret-of-${app}`, region });
  apps.set(app, made);
  world.fakes.jpush.trust(made);
  return made;
}

export const make = (world: World, app: string, over: Partial<JpushCredentials> = {}) =>
  jpushProvider({ credentials: { ...credentials(world, app), ...over }, open: world.open, now: world.now });

export const subject = vendorSubject({
  name: "jpush",
  kind: "jpush",
  make,
  token: (n) => `1a0018970a${String(n).padStart(6, "0")}`,
  most: 1_000,
  access: {
    none: "every request carries the app key and the master secret themselves: there is nothing that expires",
  },
  table: { classes: JPUSH_CLASSES, status: 400 },
  outcomes: [
    [
      { status: 200, reason: "1828" },
      { kind: "accepted", status: 200, providerId: "1828" },
    ],
    [
      { status: 429, reason: "2002" },
      { kind: "throttled", retryAfterMs: 12_000, reason: "2002", status: 429 },
    ],
    [
      { status: 429, reason: "2002", retryAfterS: 7 },
      { kind: "throttled", retryAfterMs: 7_000 },
    ],
    [
      { status: 400, reason: "1011" },
      { kind: "rejected", reason: "1011" },
    ],
    [
      { status: 400, reason: "1003" },
      { kind: "rejected", reason: "1003" },
    ],
    [{ status: 413, reason: "1005" }, { kind: "rejected" }],
    [{ status: 401, reason: "1004" }, { kind: "misconfigured" }],
    [{ status: 400, reason: "1008" }, { kind: "misconfigured" }],
    [{ status: 403, reason: "2004" }, { kind: "misconfigured" }],
    [{ status: 403, reason: "2006" }, { kind: "misconfigured" }],
    [{ status: 500, reason: "1000" }, { kind: "retry" }],
    [{ status: 503, reason: "1030" }, { kind: "retry" }],
    [{ status: 502 }, { kind: "retry" }],
    [{ status: 504 }, { kind: "retry" }],
    [{ status: 200 }, { kind: "unknown", reason: "status_200" }],
  ],
  /** It refuses the whole request for one device that it does not know, which is found by halves. */
  byHalves: [["1003", { kind: "gone", tokenSuspect: true, reason: "unknown_id" }]],
  perToken: [],
  tooLarge: { content: { title: "x", body: "é".repeat(1_000) } },
});
