import { HonorCredentials } from "../../functions/core/credentials/vendors.ts";
import { honorProvider } from "../../functions/providers/honor/honor.ts";
import { HONOR_CLASSES } from "../../functions/providers/honor/outcome.ts";
import type { World } from "./provider-world.ts";
import { vendorSubject } from "./vendor-suite.ts";

const apps = new Map<string, HonorCredentials>();

export function credentials(world: World, app: string): HonorCredentials {
  const known = apps.get(app);
  if (known) return known;
  const made = HonorCredentials.parse({
    appId: `10${apps.size}`,
    clientId: `client-${app}`,
    clientSecret: `secret-of-${app}`,
  });
  apps.set(app, made);
  world.fakes.honor.trust(made);
  return made;
}

export const make = (world: World, app: string) => {
  const { open, tokens, now } = world;
  return honorProvider({ app, credentials: credentials(world, app), open, tokens, now });
};

export const subject = vendorSubject({
  name: "honor",
  kind: "honor",
  make,
  token: (n) => `BAEAAAAAB.jk${String(n).padStart(6, "0")}-honor_token`.padEnd(120, "x"),
  most: 1_000,
  access: { expired: { status: 200, reason: "401" } },
  table: { classes: HONOR_CLASSES, status: 200 },
  outcomes: [
    [
      { status: 200, reason: "200" },
      { kind: "accepted", providerId: "r1" },
    ],
    [
      { status: 200, reason: "80300007" },
      { kind: "gone", tokenSuspect: true, reason: "80300007" },
    ],
    [{ status: 200, reason: "404" }, { kind: "misconfigured" }],
    [{ status: 200, reason: "10205" }, { kind: "misconfigured" }],
    [{ status: 200, reason: "80200022" }, { kind: "misconfigured" }],
    [{ status: 200, reason: "80100003" }, { kind: "rejected" }],
    [
      { status: 200, reason: "80200050" },
      { kind: "rejected", reason: "80200050" },
    ],
    [{ status: 200, reason: "10207" }, { kind: "retry" }],
    [{ status: 200, reason: "500" }, { kind: "retry" }],
    [
      { status: 200, reason: "503" },
      { kind: "throttled", retryAfterMs: 10_000 },
    ],
    [
      { status: 503, retryAfterS: 7 },
      { kind: "throttled", retryAfterMs: 7_000, status: 503 },
    ],
    [{ status: 502 }, { kind: "retry" }],
    [
      { status: 200, reason: "80999999" },
      { kind: "unknown", reason: "80999999" },
    ],
  ],
  perToken: [
    ["expired", { kind: "gone", tokenSuspect: true, reason: "expired" }],
    ["failed", { kind: "retry", reason: "failed" }],
  ],
  tooLarge: { content: { title: "x", body: "é".repeat(2_500) } },
});
