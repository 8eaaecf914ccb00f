import { UmengCredentials } from "../../functions/core/credentials/vendors.ts";
import { UMENG_CLASSES } from "../../functions/providers/umeng/outcome.ts";
import { umengProvider } from "../../functions/providers/umeng/umeng.ts";
import type { World } from "./provider-world.ts";
import { vendorSubject } from "./vendor-suite.ts";

const apps = new Map<string, UmengCredentials>();

function credentials(world: World, app: string): UmengCredentials {
  const known = apps.get(app);
  if (known) return known;
  const made = UmengCredentials.parse({ appKey: `key-${app}`, masterSecret: `secret-of-${app}` });
  apps.set(app, made);
  world.fakes.umeng.trust(made);
  return made;
}

export const make = (world: World, app: string, over: Partial<UmengCredentials> = {}, now = world.now) =>
  umengProvider({ credentials: { ...credentials(world, app), ...over }, open: world.open, now });

export const subject = vendorSubject({
  name: "umeng",
  kind: "umeng",
  make: (world, app) => make(world, app),
  token: (n) => `Aj${String(n).padStart(6, "0")}`.padEnd(44, "x"),
  most: 500,
  access: { none: "every request is signed by the master secret itself: there is nothing that expires" },
  table: { classes: UMENG_CLASSES, status: 400 },
  outcomes: [
    [
      { status: 200, reason: "uu1" },
      { kind: "accepted", status: 200, providerId: "uu1" },
    ],
    [
      { status: 400, reason: "2050", retryAfterS: 7 },
      { kind: "throttled", reason: "2050", retryAfterMs: 7_000 },
    ],
    [
      { status: 400, reason: "2027" },
      { kind: "misconfigured", status: 400, reason: "2027" },
    ],
    [{ status: 400, reason: "2054" }, { kind: "misconfigured" }],
    [{ status: 400, reason: "1018" }, { kind: "misconfigured" }],
    [{ status: 400, reason: "5009" }, { kind: "misconfigured" }],
    [{ status: 400, reason: "2023" }, { kind: "retry" }],
    [{ status: 400, reason: "6003" }, { kind: "retry" }],
    [{ status: 400, reason: "2028" }, { kind: "retry" }],
    [
      { status: 400, reason: "1009" },
      { kind: "rejected", reason: "1009" },
    ],
    [{ status: 400, reason: "2045" }, { kind: "rejected" }],
    [{ status: 429 }, { kind: "throttled", retryAfterMs: 10_000 }],
    [{ status: 502 }, { kind: "retry" }],
    [
      { status: 400, reason: "9999" },
      { kind: "rejected", reason: "9999" },
    ],
    [{ status: 200 }, { kind: "unknown", reason: "status_200" }],
  ],
  /** It refuses the whole request for one device that it will not send to, which is found by halves. */
  byHalves: [["2002", { kind: "rejected", reason: "2002" }]],
  perToken: [],
  tooLarge: { content: { title: "x", body: "é".repeat(900) } },
});
