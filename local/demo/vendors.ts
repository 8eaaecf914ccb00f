import { generateKeyPairSync, randomBytes } from "node:crypto";
import { VENDOR_FAKES, type VendorFakeName } from "../fakes/faults.ts";
import type { ApiClient } from "./api-client.ts";
import type { Platform } from "./platform.ts";

type VendorTokenKind = VendorFakeName | "hmsNext";

/** A registration token as each vendor's look, another for each n. */
export const VENDOR_TOKENS: Record<VendorTokenKind, (n: number) => string> = {
  hms: (n) => `IQAAAACy0${digits6(n)}`.padEnd(110, "h"),
  hmsNext: (n) => `MAMzLg${digits6(n)}`.padEnd(66, "n"),
  honor: (n) => `BAEAAAAAB.jk${digits6(n)}`.padEnd(110, "o"),
  mi: (n) => `mi+regid/${digits6(n)}`.padEnd(63, "x").concat("="),
  oppo: (n) => `OPPO_CN_${String(n).padStart(32, "a")}`,
  vivo: (n) => `vivo${String(n).padStart(19, "7")}`,
  meizu: (n) => `J04760${digits6(n)}d625e6c64567f71487e040e7d0`,
  jpush: (n) => `1a0018970a${digits6(n)}`,
  getui: (n) => `f2ab${digits6(n)}cdef0123456789abcdef01`,
  umeng: (n) => `Aj${digits6(n)}`.padEnd(44, "u"),
};
const digits6 = (n: number): string => String(n).padStart(6, "0");

/** Credentials as the consoles of the Chinese vendors hand them out, of an app of their own, made here. */
export function vendorCredentials(app: string): Record<VendorFakeName, Record<string, unknown>> {
  const secret = () => randomBytes(16).toString("hex");
  const digits = () => String(100_000 + (randomBytes(4).readUInt32BE() % 900_000));
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const account = {
    project_id: `project-${app}`,
    key_id: secret(),
    sub_account: digits(),
    private_key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
  };
  return {
    hms: { appId: digits(), clientSecret: secret(), serviceAccount: account },
    honor: { appId: digits(), clientId: digits(), clientSecret: secret() },
    mi: { appSecret: secret(), packageName: "com.example.shop", region: "cn" },
    oppo: { appKey: secret(), masterSecret: secret() },
    vivo: { appId: digits(), appKey: secret(), appSecret: secret() },
    meizu: { appId: digits(), appSecret: secret() },
    jpush: { appKey: secret(), masterSecret: secret(), region: "default" },
    getui: { appId: secret(), appKey: secret(), masterSecret: secret() },
    umeng: { appKey: secret(), masterSecret: secret() },
  };
}

/** Enters credentials for every vendor as an operator would; the fakes trust them. */
export async function configureVendors(
  { fakes }: Pick<Platform, "fakes">,
  admin: ApiClient,
  app: string,
): Promise<void> {
  const all = vendorCredentials(app);
  for (const name of VENDOR_FAKES) {
    const credentials = { ...all[name], categories: { marketing: {} } };
    fakes[name].trust(credentials);
    await admin.ok("PUT", `/v1/apps/${app}/providers/${name}`, credentials);
  }
}
