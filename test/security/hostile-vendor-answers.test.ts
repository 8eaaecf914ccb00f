import { generateKeyPairSync, randomBytes } from "node:crypto";
import {
  HmsCredentials,
  JpushCredentials,
  MeizuCredentials,
  UmengCredentials,
} from "../../functions/core/credentials/vendors.ts";
import type { DeviceTokenKind } from "../../functions/core/token-kinds.ts";
import { hmsProvider } from "../../functions/providers/hms/hms.ts";
import { jpushProvider } from "../../functions/providers/jpush/jpush.ts";
import { meizuProvider } from "../../functions/providers/meizu/meizu.ts";
import { umengProvider } from "../../functions/providers/umeng/umeng.ts";
import { target } from "../contract/provider-suite.ts";
import { hostileAnswers } from "./hostile-provider-suite.ts";
import type { SpokenAnswer } from "./hostile-server.ts";

const says =
  (body: object): SpokenAnswer =>
  (stream) => {
    stream.respond({ ":status": 200, "content-type": "application/json" });
    stream.end(JSON.stringify(body));
  };
const any = (kind: DeviceTokenKind) => () => target({ kind, token: randomBytes(22).toString("hex") });

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const hms = HmsCredentials.parse({
  appId: "1",
  clientSecret: "s",
  serviceAccount: {
    project_id: "p",
    key_id: "k",
    sub_account: "s",
    private_key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
  },
});
hostileAnswers({
  name: "hms",
  http1: true,
  hosts: ["push-api.cloud.huawei.com"],
  before: {
    hosts: ["oauth-login.cloud.huawei.com"],
    answer: says({ access_token: "t", expires_in: 3600, token_type: "Bearer" }),
  },
  accept: says({ code: "80000000", msg: "Success", requestId: "157" }),
  target: any("hms"),
  make: (options) => hmsProvider({ ...options, app: "a", credentials: hms }),
});

const meizu = MeizuCredentials.parse({ appId: "1", appSecret: "s" });
hostileAnswers({
  name: "meizu",
  http1: true,
  hosts: ["server-api-push.meizu.com"],
  accept: says({ code: "200", message: "", value: {}, msgId: "m1" }),
  target: any("meizu"),
  make: (options) => meizuProvider({ ...options, credentials: meizu }),
});

const jpush = JpushCredentials.parse({ appKey: "k", masterSecret: "s" });
hostileAnswers({
  name: "jpush",
  http1: true,
  hosts: ["api.jpush.cn"],
  accept: says({ sendno: "0", msg_id: "1828" }),
  target: any("jpush"),
  make: (options) => jpushProvider({ ...options, credentials: jpush }),
});

const umeng = UmengCredentials.parse({ appKey: "k", masterSecret: "s" });
hostileAnswers({
  name: "umeng",
  http1: true,
  hosts: ["msgapi.umeng.com"],
  accept: says({ ret: "SUCCESS", data: { msg_id: "uu1" } }),
  target: any("umeng"),
  make: (options) => umengProvider({ ...options, credentials: umeng }),
});
