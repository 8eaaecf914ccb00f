import { GetuiCredentials } from "../../functions/core/credentials/vendors.ts";
import { getuiProvider } from "../../functions/providers/getui/getui.ts";
import { GETUI_CLASSES } from "../../functions/providers/getui/outcome.ts";
import type { World } from "./provider-world.ts";
import { vendorSubject } from "./vendor-suite.ts";

const apps = new Map<string, GetuiCredentials>();

function credentials(world: World, app: string): GetuiCredentials {
  const known = apps.get(app);
  if (known) return known;
  const made = GetuiCredentials.parse({
    appId: `app${apps.size}`,
    appKey: `key-${app}`,
    masterSecret: `secret-of-${app}`,
  });
  apps.set(app, made);
  world.fakes.getui.trust(made);
  return made;
}

export const make = (world: World, app: string, over: Partial<GetuiCredentials> = {}) => {
  const { open, tokens, now } = world;
  return getuiProvider({ app, credentials: { ...credentials(world, app), ...over }, open, tokens, now });
};

export const subject = vendorSubject({
  name: "getui",
  kind: "getui",
  make,
  token: (n) => `f2ab${String(n).padStart(6, "0")}cdef0123456789abcdef01`,
  most: 200,
  access: { expired: { status: 401, reason: "10001" } },
  /** With 0 and 200 it says what became of each device. */
  table: { classes: GETUI_CLASSES, status: 400, save: ["0", "ignore"] },
  outcomes: [
    [
      { status: 429, reason: "10005", retryAfterS: 7 },
      { kind: "throttled", reason: "10005", retryAfterMs: 7_000 },
    ],
    [
      { status: 400, reason: "10003" },
      { kind: "throttled", retryAfterMs: 10_000 },
    ],
    [
      { status: 200, reason: "2" },
      { kind: "retry", reason: "2" },
    ],
    [{ status: 400, reason: "10002" }, { kind: "misconfigured" }],
    [{ status: 400, reason: "10004" }, { kind: "misconfigured" }],
    [
      { status: 200, reason: "301" },
      { kind: "misconfigured", reason: "301" },
    ],
    [{ status: 403 }, { kind: "misconfigured", reason: "status_403" }],
    [
      { status: 400, reason: "20001" },
      { kind: "rejected", reason: "20001" },
    ],
    [{ status: 400, reason: "1" }, { kind: "rejected" }],
    [{ status: 404, reason: "404" }, { kind: "rejected" }],
    [{ status: 405, reason: "405" }, { kind: "rejected" }],
    [{ status: 500 }, { kind: "retry" }],
    [
      { status: 200, reason: "19999" },
      { kind: "unknown", reason: "19999" },
    ],
  ],
  perToken: [
    ["successed_offline", { kind: "accepted", providerId: "RASS_1" }],
    ["successed_ignore", { kind: "rejected", reason: "ignore" }],
    ["target user is invalid", { kind: "gone", tokenSuspect: true, reason: "unknown_cid" }],
    ["something new", { kind: "unknown", reason: "no_result" }],
  ],
  tooLarge: { content: { title: "x", data: { long: "x".repeat(3_100) } } },
});
