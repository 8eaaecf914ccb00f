import type { HmsCredentials, HmsServiceAccount } from "../../core/credentials/vendors.ts";
import { accepted, type Outcome } from "../../core/dispatch/outcome.ts";
import type { Message, Provider, SendMany, Target } from "../../core/dispatch/provider.ts";
import type { SharedToken } from "../transport/shared-token.ts";
import { vendorClient } from "../vendor/client.ts";
import type { VendorOptions } from "../vendor/options.ts";
import { allOutcomes, byKind, sendMany } from "../vendor/send-many.ts";
import { isOver } from "../vendor/size.ts";
import { accessTrial } from "../vendor/trial.ts";
import { classifier } from "../vendor/verdict.ts";
import { oauthAccess, serviceAccountAccess } from "./access.ts";
import { HMS_CLASSES, hmsVerdicts } from "./outcome.ts";
import {
  enveloped,
  HMS_BATCH,
  hmsNextPayload,
  hmsNextSizes,
  hmsPayload,
  hmsSizes,
  pushType,
} from "./payload.ts";
import { accountTrial } from "./trial.ts";

export const HMS_HOST = "push-api.cloud.huawei.com";
export const HMS_OAUTH_HOST = "oauth-login.cloud.huawei.com";
const CONCURRENCY = 8;

const TOO_LARGE: Outcome = { kind: "rejected", reason: "payload_too_large" };
const NO_CREDENTIALS: Outcome = { kind: "misconfigured", reason: "no_credentials" };

type Place = "v1" | "v3";

/** Huawei Push Kit: v1, or v2 with a project id, for HarmonyOS up to 4, v3 for HarmonyOS 5 and later, up to 1,000 tokens a request. */
export function hmsProvider(options: VendorOptions<HmsCredentials>): Provider<SendMany> & { close(): void } {
  const { app, credentials, open, tokens: store, now } = options;
  const client = vendorClient(credentials.host ?? HMS_HOST, open);
  const oauthClient = vendorClient(HMS_OAUTH_HOST, open);
  const parts = { app, credentials, client: oauthClient, store, now };
  const [oauth, account] = [oauthAccess(parts), serviceAccountAccess(parts)];
  const classOf = classifier(HMS_CLASSES, credentials.codes);

  const sender = (path: string, body: object, place: Place, access: SharedToken, type?: string): SendMany => {
    if (isOver(place === "v1" ? hmsSizes(body) : hmsNextSizes(body)))
      return allOutcomes(HMS_BATCH, TOO_LARGE);
    return sendMany({
      client,
      most: HMS_BATCH,
      access,
      request: (targets, token) => ({
        path,
        headers: { authorization: `Bearer ${token}`, ...(type !== undefined && { "push-type": type }) },
        body: { json: addressed(body, place, targets) },
      }),
      judge: (answer, targets) => hmsVerdicts(answer, targets, classOf, now()),
    });
  };

  /** A service account is taken by the old interface as well; the OAuth client not by the new one. */
  const old = (message: Message): SendMany => {
    const access = oauth ?? account;
    if (access === undefined) return allOutcomes(HMS_BATCH, NO_CREDENTIALS);
    return sender(oldPath(credentials), hmsPayload(message, credentials), "v1", access);
  };
  const next = (message: Message): SendMany => {
    const { serviceAccount } = credentials;
    if (account === undefined || serviceAccount === undefined) return allOutcomes(HMS_BATCH, NO_CREDENTIALS);
    return sender(
      nextPath(serviceAccount),
      hmsNextPayload(message, credentials),
      "v3",
      account,
      pushType(message),
    );
  };

  const { serviceAccount } = credentials;
  const trials = [
    ...(oauth ? [accessTrial(oauth)] : []),
    ...(account && serviceAccount
      ? [accountTrial({ client, account, path: nextPath(serviceAccount), classOf, now })]
      : []),
  ];

  return {
    name: "hms",
    concurrency: CONCURRENCY,
    close() {
      client.close();
      oauthClient.close();
    },
    ...(trials.length > 0 && { trial: allAccepted(trials) }),
    prepare: async (message) => byKind(HMS_BATCH, { hms: old(message), hmsNext: next(message) }),
  };
}

/** The two versions differ in whom they name; the message is the same. */
const oldPath = ({ appId, projectId }: HmsCredentials): string =>
  projectId === undefined ? `/v1/${appId}/messages:send` : `/v2/${projectId}/messages:send`;
const nextPath = ({ project_id }: HmsServiceAccount) => `/v3/${project_id}/messages:send`;

type Trial = NonNullable<Provider["trial"]>;

/** The first word that is not a yes, or the last yes. */
const allAccepted =
  (trials: readonly Trial[]): Trial =>
  async (deadlineMs) => {
    for (const trial of trials) {
      const outcome = await trial(deadlineMs);
      if (outcome.kind !== "accepted") return outcome;
    }
    return accepted();
  };

function addressed(body: object, place: Place, targets: readonly Target[]): object {
  const token = targets.map((target) => target.token);
  return place === "v1" ? enveloped({ ...body, token }) : { ...body, target: { token } };
}
