import { VivoCredentials } from "../../functions/core/credentials/vendors.ts";
import { untilOpenMs } from "../../functions/providers/vendor/open-hours.ts";
import { DAYTIME, VIVO_CLASSES } from "../../functions/providers/vivo/outcome.ts";
import { vivoProvider } from "../../functions/providers/vivo/vivo.ts";
import type { World } from "./provider-world.ts";
import { vendorSubject } from "./vendor-suite.ts";

const apps = new Map<string, VivoCredentials>();

export function credentials(world: World, app: string): VivoCredentials {
  const known = apps.get(app);
  if (known) return known;
  const made = VivoCredentials.parse({
    appId: `${10_004 + apps.size}`,
    appKey: `key-${app}`,
    appSecret: `secret-of-${app}`,
  });
  apps.set(app, made);
  world.fakes.vivo.trust(made);
  return made;
}

/** The contract is tried by day: what vivo refuses at night in China waits for the morning (./vivo.test.ts). */
function byDay(world: World): void {
  world.move(untilOpenMs(world.now(), { from: DAYTIME.from, to: DAYTIME.to - 1 }));
}

export const make = (world: World, app: string) => {
  const { open, tokens, now } = world;
  return vivoProvider({ app, credentials: credentials(world, app), open, tokens, now });
};

export const subject = vendorSubject({
  name: "vivo",
  kind: "vivo",
  make(world, app) {
    byDay(world);
    return make(world, app);
  },
  token: (n) => `vivo${String(n).padStart(19, "0")}`,
  most: 1_000,
  refusedEarlier: true,
  access: { expired: { status: 200, reason: "10000" } },
  table: { classes: VIVO_CLASSES, status: 200 },
  outcomes: [
    [{ status: 200, reason: "0" }, { kind: "accepted" }],
    [
      { status: 200, reason: "10302" },
      { kind: "gone", tokenSuspect: true, reason: "10302" },
    ],
    [
      { status: 200, reason: "10311" },
      { kind: "rejected", reason: "10311" },
    ],
    [
      { status: 200, reason: "10094" },
      { kind: "misconfigured", reason: "10094" },
    ],
    [{ status: 200, reason: "10203" }, { kind: "misconfigured" }],
    [
      { status: 200, reason: "10097" },
      { kind: "rejected", reason: "10097" },
    ],
    [{ status: 200, reason: "10153" }, { kind: "rejected" }],
    [{ status: 200, reason: "10207" }, { kind: "retry" }],
    [
      { status: 200, reason: "10072", retryAfterS: 7 },
      { kind: "throttled", retryAfterMs: 7_000 },
    ],
    [
      { status: 200, reason: "10071" },
      { kind: "throttled", retryAfterMs: 900_000 },
    ],
    [
      { status: 500, reason: "0" },
      { kind: "retry", status: 500 },
    ],
    [{ status: 502 }, { kind: "retry" }],
    [{ status: 404 }, { kind: "misconfigured" }],
    [
      { status: 200, reason: "99999" },
      { kind: "unknown", reason: "99999" },
    ],
  ],
  perToken: [
    ["1", { kind: "gone", tokenSuspect: true, reason: "user_1" }],
    ["2", { kind: "gone", tokenSuspect: true, reason: "user_2" }],
    ["3", { kind: "rejected", reason: "user_other" }],
    ["4", { kind: "misconfigured", reason: "user_4" }],
  ],
  tooLarge: { content: { title: "x", data: { long: "x".repeat(1_000) } } },
});
