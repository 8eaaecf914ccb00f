import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Fakes, startFakes } from "../fakes/fakes.ts";
import { type Runtime, type RuntimeOptions, startRuntime } from "../runtime/start.ts";
import { adminKey } from "./admin-key.ts";
import { type ApiClient, apiClient } from "./api-client.ts";
import { fakeRoutes } from "./fake-routes.ts";

/** The platform and the providers it talks to, all on this machine. */
export type Platform = {
  runtime: Runtime;
  fakes: Fakes;
  adminKey: string;
  admin: ApiClient;
  /** A caller with another key. */
  as(key: string): ApiClient;
  close(): Promise<void>;
};

const runtimeOf = (runtime: Runtime | undefined): Runtime => {
  if (runtime === undefined) throw new Error("the platform is still starting");
  return runtime;
};

/** Starts the fakes, then the platform with its ways out leading to them: no function knows the difference. */
export async function startPlatform(options: RuntimeOptions = {}): Promise<Platform> {
  // Never in the state's folder: it may be another runtime's, which is found out later.
  const folder = mkdtempSync(join(tmpdir(), "clarion-fakes-"));
  let runtime: Runtime | undefined;
  const fakes = await startFakes({ clock: { now: () => runtime?.clock.now() ?? Date.now() }, folder });
  try {
    runtime = await startRuntime({
      ...options,
      extraEnvironment: {
        ...options.extraEnvironment,
        CLARION_EGRESS: JSON.stringify(fakes.egress),
        NODE_EXTRA_CA_CERTS: fakes.caFile,
      },
      providerFaults: fakes.faults,
      routes: [...(options.routes ?? []), ...fakeRoutes(fakes, () => runtimeOf(runtime).door)],
    });
  } catch (error) {
    await fakes.close();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const started = runtime;
  const key = await adminKey(started);
  return {
    runtime: started,
    fakes,
    adminKey: key,
    admin: apiClient(started.apiUrl, key),
    as: (other) => apiClient(started.apiUrl, other),
    async close() {
      await started.close();
      await fakes.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
