import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generate } from "selfsigned";

/** Hosts that the fakes answer for. */
export const FAKE_HOSTS = {
  apns: [
    "api.push.apple.com",
    "api.sandbox.push.apple.com",
    "api-manage-broadcast.push.apple.com",
    "api-manage-broadcast.sandbox.push.apple.com",
  ],
  fcm: ["fcm.googleapis.com", "oauth2.googleapis.com", "iid.googleapis.com"],
  /** The last is a UnifiedPush distributor, as an operator may allow one. */
  webpush: ["updates.push.services.mozilla.com", "web.push.apple.com", "unifiedpush.example"],
  // The last stands for a host of another region.
  hms: ["push-api.cloud.huawei.com", "oauth-login.cloud.huawei.com", "push-api-other.cloud.huawei.com"],
  meizu: ["server-api-push.meizu.com"],
  honor: ["push-api.cloud.honor.com", "iam.developer.honor.com"],
  jpush: ["api.jpush.cn", "bjapi.push.jiguang.cn"],
  mi: [
    "api.xmpush.xiaomi.com",
    "api.xmpush.global.xiaomi.com",
    "ru-api.xmpush.global.xiaomi.com",
    "idmb-api.xmpush.global.xiaomi.com",
    "fr-api.xmpush.global.xiaomi.com",
    "sgp-api.xmpush.global.xiaomi.com",
  ],
  // The second stands for the domain of apps that are not at the first.
  getui: ["restapi.getui.com", "restapi-other.getui.com"],
  oppo: ["api.push.oppomobile.com", "api-intl.push.oppomobile.com"],
  umeng: ["msgapi.umeng.com"],
  // The second stands for a host abroad.
  vivo: ["api-push.vivo.com.cn", "api-push-other.vivo.com"],
  webhook: [
    "hooks.receiver.example",
    "hooks.slack.com",
    "discord.com",
    "api.telegram.org",
    "open.feishu.cn",
    "oapi.dingtalk.com",
    "qyapi.weixin.qq.com",
  ],
} as const;

export type Certificates = { key: string; cert: string; caFile: string };

/** A certificate for all fake hosts, made at run time; `caFile` makes a process trust it (NODE_EXTRA_CA_CERTS). */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const hosts = Object.values(FAKE_HOSTS).flat();
  const made = await generate([{ name: "commonName", value: "Clarion's fake providers" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "subjectAltName", altNames: hosts.map((value) => ({ type: 2, value })) },
    ],
  });
  const caFile = join(folder, "fake-providers.pem");
  writeFileSync(caFile, made.cert);
  return { key: made.private, cert: made.cert, caFile };
}
