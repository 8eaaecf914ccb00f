/** The fixture app, synthesised once for all test files and loaded. */

import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadDeployment } from "../../../../local/template/load.ts";
import type { Deployment, LocalFunction } from "../../../../local/template/model.ts";
import { synthesise } from "../../../../local/template/synthesise.ts";
import type { Endpoints } from "../../../../local/template/urls.ts";

const FOLDER = "test/unit/local/template";

export const fixtureSynthesis = {
  outFolder: join(tmpdir(), "clarion-fixture-assemblies"),
  app: `${FOLDER}/fixture-app.ts`,
  inputs: [`${FOLDER}/fixture-functions`, "package-lock.json"],
};

export const fixtureEndpoints: Endpoints = {
  doorUrl: "http://127.0.0.1:4999",
  restUrl: "http://localhost:4010",
  webSocketUrl: "ws://localhost:4010/ws",
};

export async function fixtureDeployment(endpoints: Endpoints = fixtureEndpoints): Promise<Deployment> {
  const assemblyFolder = await synthesise(fixtureSynthesis);
  return loadDeployment({ assemblyFolder, region: "us-east-1", account: "000000000000", endpoints });
}

/** By the construct id that its logical id starts with. */
export function byConstruct<T extends { logicalId: string }>(all: T[], id: string): T {
  const found = all.find((one) => new RegExp(`^${id}[0-9A-F]{8}$`).test(one.logicalId));
  if (found === undefined) throw new Error(`the fixture has no ${id}`);
  return found;
}

export function fixtureFunction(deployment: Deployment, id: string): LocalFunction {
  return byConstruct(deployment.functions, id);
}
