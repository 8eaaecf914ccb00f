import type { GetuiCredentials } from "../../core/credentials/vendors.ts";
import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { Message, Provider, SendMany } from "../../core/dispatch/provider.ts";
import { apart } from "../vendor/apart.ts";
import { vendorClient } from "../vendor/client.ts";
import type { VendorOptions } from "../vendor/options.ts";
import { allOutcomes, sendMany } from "../vendor/send-many.ts";
import { isOver } from "../vendor/size.ts";
import { accessTrial } from "../vendor/trial.ts";
import { classifier } from "../vendor/verdict.ts";
import { getuiAccess } from "./access.ts";
import { GETUI_CLASSES, getuiVerdicts } from "./outcome.ts";
import { addressed, GETUI_BATCH, getuiPayload, getuiSizes } from "./payload.ts";

const HOST = "restapi.getui.com";
const CONCURRENCY = 8;

const TOO_LARGE: Outcome = { kind: "rejected", reason: "payload_too_large" };

/** 20001 is said of a client id as well, and then of the whole request. */
const isOnes = ({ kind, reason }: Outcome): boolean => kind === "rejected" && reason === "20001";

/**
 * Getui (个推): up to 200 messages a request, each with an id of its own, so that a device that is unknown spoils no
 * other's and a repetition is dropped. Its lists take more devices, but nothing against repetition.
 */
export function getuiProvider(
  options: VendorOptions<GetuiCredentials>,
): Provider<SendMany> & { close(): void } {
  const { app, credentials, open, tokens: store, now } = options;
  const client = vendorClient(credentials.host ?? HOST, open);
  const most = credentials.batch ?? GETUI_BATCH;
  const classOf = classifier(GETUI_CLASSES, credentials.codes);
  const access = getuiAccess({ app, credentials, client, store, classOf, now });
  const path = `/v2/${credentials.appId}/push/single`;

  const sender = (message: Message): SendMany => {
    if (isOver(getuiSizes(message))) return allOutcomes(most, TOO_LARGE);
    const payload = getuiPayload(message, credentials);
    const many = sendMany({
      client,
      most,
      access,
      request(targets, token) {
        const [first, ...others] = targets.map((target) => addressed(payload, target));
        return others.length === 0
          ? { path: `${path}/cid`, headers: { token }, body: { json: first } }
          : {
              path: `${path}/batch/cid`,
              headers: { token },
              body: { json: { is_async: false, msg_list: [first, ...others] } },
            };
      },
      judge: (answer, targets) => getuiVerdicts(answer, targets, classOf, now()),
    });
    return apart(many, isOnes);
  };

  return {
    name: "getui",
    concurrency: CONCURRENCY,
    close: () => client.close(),
    trial: accessTrial(access),
    prepare: async (message) => sender(message),
  };
}
