import * as z from "zod/mini";
import { isPrivateKey } from "./private-key.ts";
import { vendorSettings } from "./vendor-settings.ts";

/** What a vendor's console hands out: ids and secrets are texts of its own making. */
const handedOut = (what: string) =>
  z
    .string()
    .check(
      z.minLength(1, `must be the ${what}`),
      z.maxLength(256),
      z.regex(/^[\x21-\x7e]+$/, `must be the ${what}: printable characters, no blanks`),
    );
const packageName = z
  .string()
  .check(
    z.maxLength(255),
    z.regex(/^[A-Za-z]\w*(\.[A-Za-z]\w*)+$/, "must be a package name, e.g. com.example.app"),
  );

const HmsServiceAccount = z.object({
  project_id: handedOut("project id"),
  key_id: handedOut("key id"),
  sub_account: handedOut("sub account"),
  private_key: z.string().check(
    z.maxLength(8192),
    z.refine((pem) => isPrivateKey(pem, "RSA"), "must be the PEM text of an RSA private key"),
  ),
});
export type HmsServiceAccount = z.infer<typeof HmsServiceAccount>;

/** A host under one of a vendor's own domains: credentials are sent there, so it is nobody else's. */
const hostLike = (pattern: RegExp, example: string) =>
  z.string().check(z.maxLength(253), z.regex(pattern, `must be a host of the vendor's own, e.g. ${example}`));
const HUAWEIS = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+(huawei|hicloud|dbankcloud)\.com$/;
const VIVOS = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+(vivo\.com\.cn|vivo\.com|vivoglobal\.com)$/;
const GETUIS = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+getui\.com$/;

/** AppGallery Connect: the OAuth client for HarmonyOS up to 4, the service account for HarmonyOS 5 and later. */
export const HmsCredentials = z
  .strictObject({
    /** App ID, which is the OAuth client's id. */
    appId: handedOut("app id"),
    clientSecret: z.optional(handedOut("client secret")),
    /** With it HarmonyOS up to 4 is sent to by the second version of the old interface, which other projects may use too. */
    projectId: z.optional(z.string().check(z.regex(/^[\w-]{1,64}$/, "must be the project id"))),
    /** Where Huawei names another than push-api.cloud.huawei.com for the app's region. */
    host: z.optional(hostLike(HUAWEIS, "push-api.cloud.huawei.com")),
    /** The service account's JSON. */
    serviceAccount: z.optional(HmsServiceAccount),
    /** User name and secret that receipts are signed with, where both are entered beside their address. */
    callback: z.optional(
      z.strictObject({ user: handedOut("callback user name"), secret: handedOut("callback secret") }),
    ),
    /** The activity whose icon shows the badge. */
    badgeClass: z.optional(z.string().check(z.maxLength(255))),
    ...vendorSettings,
  })
  .check(
    z.refine(
      ({ clientSecret, serviceAccount }) => clientSecret !== undefined || serviceAccount !== undefined,
      "needs clientSecret (HarmonyOS up to 4), serviceAccount (HarmonyOS 5 and later), or both",
    ),
  );
export type HmsCredentials = z.infer<typeof HmsCredentials>;

export const HonorCredentials = z.strictObject({
  appId: handedOut("app id"),
  clientId: handedOut("client id"),
  clientSecret: handedOut("client secret"),
  badgeClass: z.optional(z.string().check(z.maxLength(255))),
  ...vendorSettings,
});
export type HonorCredentials = z.infer<typeof HonorCredentials>;

export const MI_REGIONS = ["cn", "global", "ru", "idmb", "fr", "sgp"] as const;
export const MiCredentials = z.strictObject({
  appSecret: handedOut("AppSecret"),
  packageName,
  /** Where the app's Mi Push account lives; all but cn are Xiaomi's global service. */
  region: z._default(z.enum(MI_REGIONS), "cn"),
  ...vendorSettings,
});
export type MiCredentials = z.infer<typeof MiCredentials>;

export const OppoCredentials = z.strictObject({
  appKey: handedOut("AppKey"),
  /** Not the AppSecret, which is the app's own. */
  masterSecret: handedOut("MasterSecret"),
  ...vendorSettings,
});
export type OppoCredentials = z.infer<typeof OppoCredentials>;

export const VivoCredentials = z.strictObject({
  appId: z.string().check(z.regex(/^\d{1,12}$/, "must be the app id: digits")),
  appKey: handedOut("AppKey"),
  appSecret: handedOut("AppSecret"),
  /** Where vivo names another than api-push.vivo.com.cn: an app abroad. */
  host: z.optional(hostLike(VIVOS, "api-push.vivo.com.cn")),
  /** Of an address that is entered in vivo's console; messages then carry no address. */
  receiptCallbackId: z.optional(handedOut("callback id")),
  ...vendorSettings,
});
export type VivoCredentials = z.infer<typeof VivoCredentials>;

export const MeizuCredentials = z.strictObject({
  appId: z.string().check(z.regex(/^\d{1,12}$/, "must be the app id: digits")),
  appSecret: handedOut("AppSecret"),
  /** `access_token` of receipts, as the console shows it; receipts without it are then refused. */
  receiptToken: z.optional(handedOut("receipts' access token")),
  ...vendorSettings,
});
export type MeizuCredentials = z.infer<typeof MeizuCredentials>;

export const JpushCredentials = z.strictObject({
  appKey: handedOut("AppKey"),
  masterSecret: handedOut("Master Secret"),
  /** Apps of the Beijing data centre have a host of their own. */
  region: z._default(z.enum(["default", "beijing"]), "default"),
  /** APNs environment of the app's iPhones. */
  apnsProduction: z._default(z.boolean(), true),
  ...vendorSettings,
});
export type JpushCredentials = z.infer<typeof JpushCredentials>;

/** Nobody else's: requests with the app's token go there. */
export const GetuiCredentials = z.strictObject({
  appId: handedOut("AppID"),
  appKey: handedOut("AppKey"),
  masterSecret: handedOut("MasterSecret"),
  /** Where the app belongs to another domain than restapi.getui.com (Getui answers 301 there). */
  host: z.optional(hostLike(GETUIS, "restapi.getui.com")),
  /** Messages of one request; Getui publishes no number, and takes 200. */
  batch: z.optional(z.int().check(z.gte(1), z.lte(1_000))),
  ...vendorSettings,
});
export type GetuiCredentials = z.infer<typeof GetuiCredentials>;

export const UmengCredentials = z.strictObject({
  /** Of the Android app; iPhones have an app key of their own. */
  appKey: handedOut("Appkey"),
  masterSecret: handedOut("App Master Secret"),
  /** false: only devices registered as test devices. */
  production: z._default(z.boolean(), true),
  ...vendorSettings,
});
export type UmengCredentials = z.infer<typeof UmengCredentials>;

/** Credentials of the Chinese vendors and aggregators, by provider. */
export const VENDOR_CREDENTIALS = {
  hms: HmsCredentials,
  honor: HonorCredentials,
  mi: MiCredentials,
  oppo: OppoCredentials,
  vivo: VivoCredentials,
  meizu: MeizuCredentials,
  jpush: JpushCredentials,
  getui: GetuiCredentials,
  umeng: UmengCredentials,
} as const;
export type VendorName = keyof typeof VENDOR_CREDENTIALS;

/** What an operator recognises a vendor's credentials by. */
export const VENDOR_SHOWN: Record<VendorName, readonly string[]> = {
  hms: ["appId", "host", "badgeClass"],
  honor: ["appId", "clientId", "badgeClass"],
  mi: ["packageName", "region"],
  oppo: ["appKey"],
  vivo: ["appId", "appKey", "host"],
  meizu: ["appId"],
  jpush: ["appKey", "region"],
  getui: ["appId", "appKey", "host"],
  umeng: ["appKey", "production"],
};
