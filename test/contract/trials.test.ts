import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import tls from "node:tls";
import {
  type CredentialName,
  type Credentials,
  parseCredentials,
} from "../../functions/core/app/provider-input.ts";
import { tryCredentials } from "../../functions/platform/credentials-trial.ts";
import { vendorCredentials } from "../../local/demo/vendors.ts";
import type { VendorFakeName } from "../../local/fakes/faults.ts";
import { deployment } from "../unit/local/door/deployment.ts";
import { openDoor } from "../unit/local/door/fixture.ts";
import { startWorld, type World } from "./provider-suite.ts";

/** Credentials tried with their providers before they are stored. */
let world: World & { close(): Promise<void> };
before(async () => {
  world = await startWorld();
  process.env["CLARION_EGRESS"] = JSON.stringify(world.fakes.egress);
  trustOf(world);
});
after(() => world.close());

/** `tryCredentials` opens its own connections: the fakes' certificate has to hold for this process. */
function trustOf({ fakes }: World): void {
  const { setDefaultCACertificates, getCACertificates } = tls;
  setDefaultCACertificates([...getCACertificates("default"), readFileSync(fakes.caFile, "utf8")]);
}

type Case = {
  name: CredentialName;
  /** Where a provider is asked in more than one way. */
  by?: string;
  good: Credentials;
  bad: Credentials;
  trust(): void;
};

function apple(): Case {
  const [mine, other] = [0, 1].map(() => generateKeyPairSync("ec", { namedCurve: "P-256" }));
  const pem = (pair: typeof mine) => pair!.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const common = {
    teamId: "TEAM123456",
    keyId: "KEY1234567",
    bundleId: "com.example.shop",
    environment: "production",
  };
  return {
    name: "apns",
    good: { ...common, privateKey: pem(mine) },
    bad: { ...common, privateKey: pem(other) },
    trust: () =>
      world.fakes.apns.trust({ ...common, publicKey: mine!.publicKey, bundleIds: [common.bundleId] }),
  };
}

function google(): Case {
  const [mine, other] = [0, 1].map(() => generateKeyPairSync("rsa", { modulusLength: 2048 }));
  const pem = (pair: typeof mine) => pair!.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const common = {
    type: "service_account",
    project_id: "shop",
    client_email: "shop@shop.iam.gserviceaccount.com",
    token_uri: "https://oauth2.googleapis.com/token",
  };
  return {
    name: "fcm",
    good: { ...common, private_key: pem(mine) },
    bad: { ...common, private_key: pem(other) },
    trust: () =>
      world.fakes.fcm.trust({
        projectId: "shop",
        clientEmail: common.client_email,
        publicKey: mine!.publicKey,
      }),
  };
}

/** The part of a vendor's credentials that is wrong in the bad ones. */
const SECRETS: [VendorFakeName, string][] = [
  ["hms", "clientSecret"],
  ["honor", "clientSecret"],
  ["oppo", "masterSecret"],
  ["vivo", "appSecret"],
  ["getui", "masterSecret"],
  ["jpush", "masterSecret"],
];

function vendor([name, field]: [VendorFakeName, string]): Case {
  const good = vendorCredentials("shop")[name];
  return {
    name,
    good,
    bad: { ...good, [field]: "another-secret-of-nobody" },
    trust: () => world.fakes[name].trust(good),
  };
}

/** Huawei's new interface knows no token endpoint: the service account signs for itself. */
function huaweiAccount(): Case {
  const [mine, other] = [vendorCredentials("mine").hms, vendorCredentials("other").hms];
  const good = { appId: mine["appId"], serviceAccount: mine["serviceAccount"] };
  const account = mine["serviceAccount"] as Record<string, string>;
  const { private_key } = other["serviceAccount"] as Record<string, string>;
  return {
    name: "hms",
    by: "service account",
    good,
    bad: { ...good, serviceAccount: { ...account, private_key } },
    trust: () => world.fakes.hms.trust(good),
  };
}

function telegramBot(): Case {
  const webhook = (bot: string) => ({ secret: `whsec_${"A".repeat(44)}`, telegramBotToken: bot });
  const [mine, nobodys] = ["a", "b"].map((letter) => `123456:${letter.repeat(35)}`);
  return {
    name: "webhook",
    by: "Telegram",
    good: webhook(mine!),
    bad: webhook(nobodys!),
    trust: () => world.fakes.webhook.revokeBot(nobodys!),
  };
}

const CASES = [apple(), google(), ...SECRETS.map(vendor), huaweiAccount(), telegramBot()];
for (const { name, by, good, bad, trust } of CASES) {
  const what = by === undefined ? name : `${name} (${by})`;

  test(`${what}: good credentials are taken and bad ones refused, and nobody is sent anything`, async () => {
    trust();
    assert.deepEqual((await tryCredentials("shop", name, good))?.kind, "accepted");
    assert.deepEqual((await tryCredentials("shop", name, bad))?.kind, "misconfigured");
    assert.equal(world.fakes[name as VendorFakeName].received.length, 0);
  });

  test(`${what}: while it is down nothing is said about them`, async () => {
    world.fakes.faults.set({ provider: name as VendorFakeName, kind: "refuse" });
    const outcome = await tryCredentials("shop", name, good);
    world.fakes.faults.clear(name as VendorFakeName);
    assert.ok(outcome && !["accepted", "misconfigured"].includes(outcome.kind), JSON.stringify(outcome));
  });
}

test("hms: of two ways to sign in, the one that is refused is told", async () => {
  const [good, other] = [vendorCredentials("both").hms, vendorCredentials("other").hms];
  world.fakes.hms.trust(good);
  assert.equal((await tryCredentials("shop", "hms", good))?.kind, "accepted");
  for (const field of ["clientSecret", "serviceAccount"] as const) {
    const outcome = await tryCredentials("shop", "hms", { ...good, [field]: other[field] });
    assert.equal(outcome?.kind, "misconfigured", field);
  }
});

test("hms: what Huawei says of the token it says to those it knows; of the message, to anybody", async () => {
  const { appId, serviceAccount } = vendorCredentials("told").hms;
  const account = { appId, serviceAccount };
  world.fakes.hms.trust(account);
  const cases = [
    ["80300007", "accepted"],
    ["80200001", "misconfigured"],
    ["80200003", "misconfigured"],
    ["80200005", "misconfigured"],
    ["80300036", "misconfigured"],
    // No right to send, or a token of another app: which, it does not say.
    ["80300002", "unknown"],
    ["80100003", "rejected"],
    ["80300029", "rejected"],
    ["81000001", "retry"],
  ] as const;
  for (const [reason, kind] of cases) {
    world.fakes.faults.set({ provider: "hms", status: 200, reason });
    assert.equal((await tryCredentials("shop", "hms", account))?.kind, kind, reason);
    world.fakes.faults.clear("hms");
  }
});

test("those that have no dry run are not asked", async () => {
  for (const name of ["mi", "meizu", "umeng"] as const)
    assert.equal(await tryCredentials("shop", name, vendorCredentials("shop")[name]), undefined, name);
  // Robots' URLs and secrets are their people's.
  assert.equal(await tryCredentials("shop", "webhook", { secret: `whsec_${"A".repeat(44)}` }), undefined);
});

test("sns: End User Messaging is asked by a dry run; plain SNS has none", async (t) => {
  const { door } = await openDoor(t, deployment());
  const { accessKeyId, secretAccessKey } = door.adminCredentials();
  process.env["AWS_ENDPOINT_URL"] = door.url;
  process.env["AWS_REGION"] = "us-east-1";
  process.env["AWS_ACCESS_KEY_ID"] = accessKeyId;
  process.env["AWS_SECRET_ACCESS_KEY"] = secretAccessKey;
  const voice = { carrier: "endUserMessaging", originationIdentity: "pool-0123", countries: ["+1"] };
  const given = (input: object) => parseCredentials("sns", input);
  const fault = { provider: "sns", status: 400 } as const;
  assert.equal((await tryCredentials("shop", "sns", given(voice)))?.kind, "accepted");
  door.faults.providers.set({ ...fault, reason: "ResourceNotFoundException" });
  assert.equal((await tryCredentials("shop", "sns", given(voice)))?.kind, "misconfigured");
  door.faults.providers.clear();
  door.faults.providers.set({ provider: "sns", status: 503 });
  const down = await tryCredentials("shop", "sns", given(voice));
  assert.ok(down && !["accepted", "misconfigured"].includes(down.kind), JSON.stringify(down));
  assert.equal(await tryCredentials("shop", "sns", given({ countries: ["+1"] })), undefined);
  assert.equal(await tryCredentials("shop", "sns", given({ ...voice, countries: ["+49"] })), undefined);
  assert.equal(door.sns.messages.length, 0);
});
