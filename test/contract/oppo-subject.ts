import { OppoCredentials } from "../../functions/core/credentials/vendors.ts";
import { oppoProvider } from "../../functions/providers/oppo/oppo.ts";
import { OPPO_CLASSES } from "../../functions/providers/oppo/outcome.ts";
import type { World } from "./provider-world.ts";
import { vendorSubject } from "./vendor-suite.ts";

const apps = new Map<string, OppoCredentials>();

export function credentials(world: World, app: string): OppoCredentials {
  const known = apps.get(app);
  if (known) return known;
  const made = OppoCredentials.parse({ appKey: `key-${app}`, masterSecret: `master-of-${app}` });
  apps.set(app, made);
  world.fakes.oppo.trust(made);
  return made;
}

export const make = (world: World, app: string) => {
  const { open, tokens, now } = world;
  return oppoProvider({ app, credentials: credentials(world, app), open, tokens, now });
};

export const subject = vendorSubject({
  name: "oppo",
  kind: "oppo",
  make,
  token: (n) => `OPPO_CN_${String(n).padStart(32, "0")}`,
  most: 1_000,
  access: { expired: { status: 200, reason: "11" } },
  table: { classes: OPPO_CLASSES, status: 200 },
  outcomes: [
    [
      { status: 200, reason: "10000" },
      { kind: "gone", tokenSuspect: true, reason: "10000" },
    ],
    [{ status: 200, reason: "28" }, { kind: "misconfigured" }],
    [
      { status: 200, reason: "26" },
      { kind: "misconfigured", reason: "26" },
    ],
    [{ status: 200, reason: "59" }, { kind: "misconfigured" }],
    [
      { status: 200, reason: "67" },
      { kind: "rejected", reason: "67" },
    ],
    [{ status: 200, reason: "41" }, { kind: "rejected" }],
    [
      { status: 200, reason: "-1" },
      { kind: "retry", reason: "-1" },
    ],
    [{ status: 200, reason: "19" }, { kind: "retry" }],
    [
      { status: 200, reason: "-2" },
      { kind: "throttled", retryAfterMs: 10_000 },
    ],
    [
      { status: 429, reason: "13", retryAfterS: 7 },
      { kind: "throttled", retryAfterMs: 7_000 },
    ],
    [{ status: 500, reason: "0" }, { kind: "retry" }],
    [{ status: 502 }, { kind: "retry" }],
    [
      { status: 200, reason: "0" },
      { kind: "unknown", reason: "0" },
    ],
    [
      { status: 200, reason: "9999" },
      { kind: "unknown", reason: "9999" },
    ],
  ],
  perToken: [
    ["10000", { kind: "gone", tokenSuspect: true, reason: "10000" }],
    ["-2", { kind: "throttled" }],
    ["67", { kind: "rejected" }],
  ],
  tooLarge: { content: { title: "x", data: { long: "x".repeat(4_000) } } },
});
