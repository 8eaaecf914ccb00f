import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adminKey } from "../../local/demo/admin-key.ts";
import { type ApiClient, apiClient } from "../../local/demo/api-client.ts";
import { makeCertificates } from "../../local/fakes/certificates.ts";
import { type Runtime, type RuntimeOptions, startRuntime } from "../../local/runtime/start.ts";
import { FAKE_HOSTS } from "../senders/hosts.ts";
import { type Fake, startFake } from "../senders/processes.ts";
import { type BenchApp, makeApp } from "./app.ts";

export type BenchPlatform = {
  runtime: Runtime;
  app: BenchApp;
  admin: ApiClient;
  /** Notifications that have ended so far, as the functions' logs tell. */
  completed(): number;
  /** What the providers have answered so far. */
  answered(): Promise<number>;
  close(): Promise<void>;
};

/** The whole platform with its tables in files, in front of providers that answer everything as fast as they can. */
export async function startBenchPlatform(options: RuntimeOptions = {}): Promise<BenchPlatform> {
  const folder = mkdtempSync(join(tmpdir(), "clarion-bench-"));
  const fake: Fake = startFake();
  const { key, cert, caFile } = await makeCertificates(folder);
  const { ports } = await fake.tell({ kind: "start", key, cert, hosts: FAKE_HOSTS });
  const egress = Object.fromEntries(Object.entries(ports).map(([host, port]) => [host, `127.0.0.1:${port}`]));
  let completed = 0;
  const runtime = await startRuntime({
    port: 0,
    stateFolder: join(folder, "state"),
    fresh: true,
    onTrouble: (text) => console.error(text),
    onLog: ({ line }) => {
      if (line.includes('"notification completed"')) completed++;
    },
    ...options,
    extraEnvironment: { CLARION_EGRESS: JSON.stringify(egress), NODE_EXTRA_CA_CERTS: caFile },
  });
  const admin = apiClient(runtime.apiUrl, await adminKey(runtime));
  return {
    runtime,
    admin,
    app: await makeApp(runtime, admin),
    completed: () => completed,
    answered: async () => (await fake.tell({ kind: "count" })).answered,
    async close() {
      await runtime.close();
      fake.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
