/** Started by orphans.test.ts: stops one environment, says its process ids, then waits to be killed. */

import { createClock } from "../../../../local/clock/virtual-clock.ts";
import { createPool } from "../../../../local/lambda/pool.ts";
import { fixtureDeployment, fixtureFunction } from "../template/fixture.ts";

const deployment = await fixtureDeployment();
const pool = createPool({
  functions: deployment.functions,
  region: "us-east-1",
  endpointUrl: "http://127.0.0.1:9",
  credentialsFor: () => ({ accessKeyId: "id", secretAccessKey: "secret" }),
  clock: createClock(),
});
const names = ["http", "authorizer"].map((id) => fixtureFunction(deployment, id).name);
await Promise.all(names.map((name) => pool.invoke(name, { path: "/", headers: {} })));
const [first] = pool.environments();
if (first !== undefined) pool.freeze(first.id);
console.log(JSON.stringify(pool.environments().map(({ pid, state }) => ({ pid, state }))));
