import { generateKeyPairSync } from "node:crypto";
import { HmsCredentials } from "../../functions/core/credentials/vendors.ts";
import { hmsProvider } from "../../functions/providers/hms/hms.ts";
import { HMS_CLASSES } from "../../functions/providers/hms/outcome.ts";
import type { World } from "./provider-world.ts";
import { vendorSubject } from "./vendor-suite.ts";

const apps = new Map<string, HmsCredentials>();

export function credentials(world: World, app: string): HmsCredentials {
  const known = apps.get(app);
  if (known) return known;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const made = HmsCredentials.parse({
    appId: `10${apps.size}`,
    clientSecret: `secret-of-${app}`,
    serviceAccount: {
      project_id: `project-${app}`,
      key_id: `key-${app}`,
      sub_account: `sub-${app}`,
      private_key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
    },
  });
  apps.set(app, made);
  world.fakes.hms.trust(made);
  return made;
}

export const make = (world: World, app: string) => {
  const { open, tokens, now } = world;
  return hmsProvider({ app, credentials: credentials(world, app), open, tokens, now });
};

const token = (n: number) => `IQAAAACy0${String(n).padStart(6, "0")}AAB-hms_token`.padEnd(120, "x");

export const subject = vendorSubject({
  name: "hms",
  kind: "hms",
  make,
  token,
  most: 1_000,
  access: { expired: { status: 200, reason: "80200003" } },
  unavailable: "throttled",
  /** Its words are groups of tokens that the new interface refuses. */
  table: {
    classes: HMS_CLASSES,
    status: 200,
    save: ["illegal_tokens", "tokenFormatError", "noRight", "noPushTypeRight", "countryNotSupport"],
  },
  outcomes: [
    [
      { status: 200, reason: "80000000" },
      { kind: "accepted", providerId: "157" },
    ],
    [
      { status: 200, reason: "80300007" },
      { kind: "gone", tokenSuspect: true, reason: "80300007" },
    ],
    [
      { status: 200, reason: "80300002" },
      { kind: "misconfigured", reason: "80300002" },
    ],
    [{ status: 200, reason: "80300011" }, { kind: "misconfigured" }],
    [
      { status: 200, reason: "80300036" },
      { kind: "misconfigured", reason: "80300036" },
    ],
    [
      { status: 200, reason: "80200005" },
      { kind: "misconfigured", reason: "80200005" },
    ],
    [
      { status: 200, reason: "80100003" },
      { kind: "rejected", reason: "80100003" },
    ],
    [{ status: 200, reason: "80300008" }, { kind: "rejected" }],
    [{ status: 200, reason: "80100016" }, { kind: "rejected" }],
    [{ status: 200, reason: "81000001" }, { kind: "retry" }],
    [
      { status: 200, reason: "80100017" },
      { kind: "throttled", retryAfterMs: 10_000 },
    ],
    [
      { status: 503, retryAfterS: 7 },
      { kind: "throttled", retryAfterMs: 7_000, status: 503 },
    ],
    [{ status: 500 }, { kind: "retry", status: 500 }],
    [{ status: 502 }, { kind: "retry" }],
    [{ status: 404 }, { kind: "misconfigured" }],
    [
      { status: 200, reason: "80999999" },
      { kind: "unknown", reason: "80999999" },
    ],
  ],
  perToken: [["80300007", { kind: "gone", tokenSuspect: true }]],
  tooLarge: { content: { title: "x", body: "é".repeat(2_500) } },
});
