import { randomBytes } from "node:crypto";
import type { ChangeAppPorts } from "../core/app/change-app.ts";
import type { CreateAppPorts } from "../core/app/create-app.ts";
import type { IssueKeyPorts } from "../core/app/issue-key.ts";
import type { SetProviderPorts } from "../core/app/set-provider.ts";
import type { SetSwitchPorts } from "../core/app/set-switch.ts";
import { catalogStore } from "../storage/catalog.ts";
import { madeKeyRow } from "../storage/made-key.ts";
import { now, tableOf } from "./clients.ts";
import { checkServiceAccount, newVapidPair } from "./credentials-check.ts";
import { isVendor, tryCredentials } from "./credentials-trial.ts";
import { credentialsPlace, removeCredentials, writeCredentials } from "./entered-credentials.ts";
import { haveManyApps, MANY_APPS } from "./many-apps.ts";

/** What the verbs about apps, keys and switches need of the world. */
export function appPorts(): CreateAppPorts & ChangeAppPorts & IssueKeyPorts & SetSwitchPorts {
  const { createApp, changeApp, apiKeys, createApiKey, setSwitch } = catalogStore(tableOf("catalog"));
  return {
    now,
    createApp,
    changeApp,
    apiKeys,
    createApiKey,
    setSwitch,
    newKeyId: () => randomBytes(8).toString("hex"),
    newSecret: () => randomBytes(32).toString("base64url"),
  };
}

export function providerPorts(): SetProviderPorts {
  const { setJwt, setProvider } = catalogStore(tableOf("catalog"));
  return {
    now,
    newVapidPair,
    checkServiceAccount,
    tryCredentials,
    addedSizes: async (name, credentials) =>
      isVendor(name) ? (await import("./vendor-sizes.ts")).addedBySettings(name, credentials) : undefined,
    writeCredentials,
    removeCredentials,
    isSet: async (app, name) => {
      const found = await catalogStore(tableOf("catalog")).app(app, true);
      return found !== undefined && Object.hasOwn(found.providers, name);
    },
    setup: (app, name, setup) => (name === "jwt" ? setJwt(app, setup) : setProvider(app, name, setup)),
  };
}

export const catalog = () => catalogStore(tableOf("catalog"));

/** What the operator of a deployment that has grown should know. */
export async function growthWarnings(): Promise<string[]> {
  const place = credentialsPlace();
  if (place === "catalog") return [];
  const refusal = place === "auto" ? (await madeKeyRow(tableOf("catalog")).find()).refusal : undefined;
  if (place === "auto" && refusal === undefined) return [];
  if (!(await haveManyApps())) return [];
  const costs = `there are more than ${MANY_APPS} apps, and each provider of each is a secret of $0.40 a month`;
  return [
    refusal === undefined
      ? `${costs}: \`credentials: "auto"\` in clarion.config.ts keeps what is entered from then on under one key of $1`
      : `${costs}: the one KMS key that is to take their place could not be made (${refusal}). The function Manage needs kms:CreateKey and kms:TagResource, which a policy of your organisation may deny; \`credentials: "secrets"\` in clarion.config.ts does without the key`,
  ];
}
