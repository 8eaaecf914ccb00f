/** From a synthesised assembly to what the runtime runs. */

import { readAssembly } from "./assembly.ts";
import type { Deployment } from "./model.ts";
import { readPermissions, readRoles } from "./read-access.ts";
import {
  checkEventSources,
  readEventSources,
  readFunctions,
  readLogSubscriptions,
  readRules,
} from "./read-functions.ts";
import { readKeys } from "./read-keys.ts";
import { readRestApis } from "./read-rest-api.ts";
import { readQueues, readSecrets, readSubscriptions, readTables } from "./read-storage.ts";
import { readWebSocketApis } from "./read-websocket-api.ts";
import { type Endpoints, rewriteUrls } from "./urls.ts";
import { createWorld } from "./world.ts";

export type LoadOptions = {
  assemblyFolder: string;
  region: string;
  account: string;
  endpoints: Endpoints;
};

export function loadDeployment({ assemblyFolder, region, account, endpoints }: LoadOptions): Deployment {
  const world = createWorld(readAssembly(assemblyFolder), { region, account, doorUrl: endpoints.doorUrl });
  const functions = readFunctions(world, endpoints);
  const queues = readQueues(world);
  const eventSources = readEventSources(world);
  checkEventSources(eventSources, functions, queues);
  const outputs = Object.entries(world.outputs).map(([key, value]) => [
    key,
    rewriteUrls(value, world, endpoints),
  ]);
  return {
    region,
    account,
    roles: readRoles(world),
    queues,
    tables: readTables(world),
    functions,
    eventSources,
    restApis: readRestApis(world),
    webSocketApis: readWebSocketApis(world),
    rules: readRules(world),
    subscriptions: readSubscriptions(world),
    logSubscriptions: readLogSubscriptions(world),
    scheduleGroups: world.ofType("AWS::Scheduler::ScheduleGroup").map((group) => ({
      logicalId: group.logicalId,
      name: group.name,
      arn: group.attributes["Arn"] ?? "",
    })),
    secrets: readSecrets(world),
    keys: readKeys(world),
    permissions: readPermissions(world),
    outputs: Object.fromEntries(outputs),
  };
}
