import { switchesAnswer } from "../../../core/api/app-answers.ts";
import type { ClientAuthInput } from "../../../core/app/app-input.ts";
import { CREDENTIAL_NAMES, credentialName, type ProviderQuery } from "../../../core/app/provider-input.ts";
import { setClientAuth } from "../../../core/app/set-client-auth.ts";
import { removeProvider, setProvider } from "../../../core/app/set-provider.ts";
import { parseJson } from "../../../core/errors/parse.ts";
import { LIMITS } from "../../../core/notification/request.ts";
import { appPorts, catalog, growthWarnings, providerPorts } from "../../../platform/administering.ts";
import { now } from "../../../platform/clients.ts";
import { bodyOf, type Handle, queryOf } from "../../../platform/http.ts";
import { type Manager, namedApp } from "../../../platform/manager.ts";
import { queueCounts } from "../../../platform/queue-counts.ts";
import { shownApp, shownProvider } from "../../../platform/shown-apps.ts";

/** Credentials, client tokens, the end of an app, and the queues. */
export const providerHandles: Record<string, Handle<Manager>> = {
  async setProvider(request, caller) {
    const { id } = await namedApp(caller, request.params["app"] ?? "");
    const name = credentialName(request.params["provider"] ?? "");
    // The path says which of the shapes is wanted: the errors then speak of that one.
    const { dryRun } = queryOf<ProviderQuery>(request);
    const setup = await setProvider(providerPorts(), id, name, parseJson(request.rawBody, LIMITS), {
      dryRun: dryRun !== "false",
    });
    const shown = await shownProvider(setup, { app: id, provider: name });
    // How many apps there are is the operator's to know.
    const growth = caller.kind === "admin" ? await growthWarnings() : [];
    return { body: { provider: name, ...shown, warnings: [...setup.warnings, ...growth] } };
  },

  async removeProvider({ params: { app = "", provider = "" } }, caller) {
    const { id } = await namedApp(caller, app);
    await removeProvider(providerPorts(), id, credentialName(provider));
    return {};
  },

  async setClientAuth(request, caller) {
    const { id } = await namedApp(caller, request.params["app"] ?? "");
    return { body: await shownApp(await setClientAuth(appPorts(), id, bodyOf<ClientAuthInput>(request))) };
  },

  async removeApp({ params: { app = "" } }, caller) {
    const { id } = await namedApp(caller, app);
    // The app last: should anything fail before, asking again finishes it.
    await Promise.all(CREDENTIAL_NAMES.map((name) => removeProvider(providerPorts(), id, name)));
    await catalog().removeRowsOf(id);
    await catalog().removeApp(id, now());
    return {};
  },

  async getQueues(_request, caller) {
    return { body: { ...(await queueCounts()), paused: await pausedFor(caller) } };
  },
};

async function pausedFor(caller: Manager): Promise<Record<string, Record<string, string>>> {
  const ids: string[] = [];
  if (caller.kind === "key") ids.push(caller.app.id);
  else for await (const { id } of catalog().apps()) ids.push(id);
  const all = await Promise.all(
    ids.map(async (id) => [id, switchesAnswer(await catalog().switches(id)).paused] as const),
  );
  return Object.fromEntries(all.filter(([, paused]) => Object.keys(paused).length > 0));
}
