import { MeizuCredentials } from "../../functions/core/credentials/vendors.ts";
import { meizuProvider } from "../../functions/providers/meizu/meizu.ts";
import { MEIZU_CLASSES } from "../../functions/providers/meizu/outcome.ts";
import type { World } from "./provider-world.ts";
import { vendorSubject } from "./vendor-suite.ts";

const apps = new Map<string, MeizuCredentials>();

function credentials(world: World, app: string): MeizuCredentials {
  const known = apps.get(app);
  if (known) return known;
  const made = MeizuCredentials.parse({ appId: `10${apps.size}`, appSecret: `secret-of-${app}` });
  apps.set(app, made);
  world.fakes.meizu.trust(made);
  return made;
}

export const make = (world: World, app: string, over: Partial<MeizuCredentials> = {}) =>
  meizuProvider({
    credentials: { ...credentials(world, app), ...over },
    open: world.open,
    now: world.now,
  });

export const subject = vendorSubject({
  name: "meizu",
  kind: "meizu",
  make,
  token: (n) => `J04760${String(n).padStart(6, "0")}d625e6c64567f71487e040e7d0`,
  most: 100,
  access: { none: "every request is signed by the app secret itself: there is nothing that expires" },
  table: { classes: MEIZU_CLASSES, status: 200 },
  outcomes: [
    [
      { status: 200, reason: "200" },
      { kind: "accepted", status: 200 },
    ],
    [
      { status: 200, reason: "1003" },
      { kind: "retry", reason: "1003" },
    ],
    [
      { status: 200, reason: "110010", retryAfterS: 7 },
      { kind: "throttled", reason: "110010", retryAfterMs: 7_000 },
    ],
    [
      { status: 200, reason: "518" },
      { kind: "throttled", retryAfterMs: 10_000 },
    ],
    [{ status: 200, reason: "1006" }, { kind: "misconfigured" }],
    [{ status: 200, reason: "110009" }, { kind: "misconfigured" }],
    [
      { status: 200, reason: "1005" },
      { kind: "rejected", reason: "1005" },
    ],
    [{ status: 503 }, { kind: "retry" }],
    [
      { status: 200, reason: "119999" },
      { kind: "unknown", reason: "119999" },
    ],
  ],
  perToken: [
    ["110002", { kind: "gone", tokenSuspect: true, reason: "110002" }],
    ["110003", { kind: "gone", tokenSuspect: true }],
    ["110010", { kind: "rejected", reason: "switched_off" }],
    ["110011", { kind: "rejected", reason: "110011" }],
    ["513", { kind: "retry" }],
    ["519", { kind: "retry" }],
    ["520", { kind: "accepted", providerId: "m1" }],
    ["201", { kind: "misconfigured" }],
    ["119999", { kind: "unknown" }],
  ],
  tooLarge: { none: "texts that are too long for Meizu are cut" },
});
