import { MiCredentials } from "../../functions/core/credentials/vendors.ts";
import { miProvider } from "../../functions/providers/mi/mi.ts";
import { MI_CLASSES } from "../../functions/providers/mi/outcome.ts";
import type { World } from "./provider-world.ts";
import { vendorSubject } from "./vendor-suite.ts";

const apps = new Map<string, MiCredentials>();

export function credentials(world: World, app: string, over: object = {}): MiCredentials {
  const known = apps.get(app);
  if (known) return known;
  const made = MiCredentials.parse({
    appSecret: `secret-of-${app}`,
    packageName: `com.example.app${apps.size}`,
    ...over,
  });
  apps.set(app, made);
  world.fakes.mi.trust(made);
  return made;
}

export const make = (world: World, app: string, over: object = {}) => {
  const { open, tokens, now } = world;
  return miProvider({ app, credentials: credentials(world, app, over), open, tokens, now });
};

export const subject = vendorSubject({
  name: "mi",
  kind: "mi",
  make,
  token: (n) => `mi+regid/${String(n).padStart(6, "0")}=`.padEnd(64, "x"),
  most: 1_000,
  access: { none: "every request carries the app secret itself: there is nothing that expires" },
  table: { classes: MI_CLASSES, status: 200 },
  outcomes: [
    [
      { status: 200, reason: "0" },
      { kind: "accepted", providerId: "slm1" },
    ],
    [
      { status: 200, reason: "10029" },
      { kind: "gone", tokenSuspect: true, reason: "10029" },
    ],
    [
      { status: 200, reason: "20301" },
      { kind: "retry", reason: "20301" },
    ],
    [{ status: 200, reason: "21301" }, { kind: "misconfigured" }],
    [{ status: 200, reason: "22022" }, { kind: "misconfigured" }],
    [
      { status: 200, reason: "27001" },
      { kind: "misconfigured", reason: "27001" },
    ],
    [{ status: 200, reason: "10017" }, { kind: "rejected" }],
    [
      { status: 200, reason: "65003" },
      { kind: "rejected", reason: "65003" },
    ],
    [
      { status: 200, reason: "-1" },
      { kind: "retry", reason: "-1" },
    ],
    [
      { status: 200, reason: "200002" },
      { kind: "throttled", retryAfterMs: 10_000 },
    ],
    [
      { status: 429, reason: "10027", retryAfterS: 7 },
      { kind: "throttled", retryAfterMs: 7_000, status: 429 },
    ],
    [{ status: 500 }, { kind: "retry" }],
    [
      { status: 200, reason: "99999" },
      { kind: "unknown", reason: "99999" },
    ],
  ],
  perToken: [["bad", { kind: "gone", tokenSuspect: true, reason: "bad_regid" }]],
  tooLarge: { content: { title: "x", data: { long: "é".repeat(2_500) } } },
});
