import { generateKeyPairSync, randomBytes } from "node:crypto";
import {
  HmsCredentials,
  HonorCredentials,
  JpushCredentials,
  MeizuCredentials,
  MiCredentials,
  OppoCredentials,
  UmengCredentials,
  VivoCredentials,
} from "../../functions/core/credentials/vendors.ts";
import type { DeviceTokenKind } from "../../functions/core/token-kinds.ts";
import { hmsProvider } from "../../functions/providers/hms/hms.ts";
import { honorProvider } from "../../functions/providers/honor/honor.ts";
import { jpushProvider } from "../../functions/providers/jpush/jpush.ts";
import { meizuProvider } from "../../functions/providers/meizu/meizu.ts";
import { miProvider } from "../../functions/providers/mi/mi.ts";
import { oppoProvider } from "../../functions/providers/oppo/oppo.ts";
import { umengProvider } from "../../functions/providers/umeng/umeng.ts";
import { vivoProvider } from "../../functions/providers/vivo/vivo.ts";
import { target } from "../contract/provider-world.ts";
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

const honor = HonorCredentials.parse({ appId: "1", clientId: "c", clientSecret: "s" });
hostileAnswers({
  name: "honor",
  http1: true,
  hosts: ["push-api.cloud.honor.com"],
  before: {
    hosts: ["iam.developer.honor.com"],
    answer: says({ access_token: "t", expires_in: 3600, token_type: "Bearer" }),
  },
  accept: says({ code: 200, message: "success", data: { sendResult: true, requestId: "r1" } }),
  target: any("honor"),
  make: (options) => honorProvider({ ...options, app: "a", credentials: honor }),
});

const mi = MiCredentials.parse({ appSecret: "s", packageName: "com.example.app" });
hostileAnswers({
  name: "mi",
  http1: true,
  hosts: ["api.xmpush.xiaomi.com"],
  accept: says({ result: "ok", code: 0, data: { id: "slm1" } }),
  target: any("mi"),
  make: (options) => miProvider({ ...options, app: "a", credentials: mi }),
});

/** Their token endpoints are on the host that messages go to: one answer serves both. */
const oppo = OppoCredentials.parse({ appKey: "k", masterSecret: "s" });
hostileAnswers({
  name: "oppo",
  http1: true,
  hosts: ["api.push.oppomobile.com"],
  accept: says({ code: 0, message: "", data: { auth_token: "t", messageId: "m1" } }),
  target: any("oppo"),
  make: (options) => oppoProvider({ ...options, app: "a", credentials: oppo }),
});

const vivo = VivoCredentials.parse({ appId: "1", appKey: "k", appSecret: "s" });
hostileAnswers({
  name: "vivo",
  http1: true,
  hosts: ["api-push.vivo.com.cn"],
  accept: says({ result: 0, desc: "请求成功", authToken: "t", taskId: "t1" }),
  target: any("vivo"),
  make: (options) => vivoProvider({ ...options, app: "a", credentials: vivo }),
});
