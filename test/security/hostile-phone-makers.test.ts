import { randomBytes } from "node:crypto";
import {
  HonorCredentials,
  MiCredentials,
  OppoCredentials,
  VivoCredentials,
} from "../../functions/core/credentials/vendors.ts";
import type { DeviceTokenKind } from "../../functions/core/token-kinds.ts";
import { honorProvider } from "../../functions/providers/honor/honor.ts";
import { miProvider } from "../../functions/providers/mi/mi.ts";
import { oppoProvider } from "../../functions/providers/oppo/oppo.ts";
import { vivoProvider } from "../../functions/providers/vivo/vivo.ts";
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
