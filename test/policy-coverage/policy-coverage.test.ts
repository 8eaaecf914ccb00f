import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { StatementCoverage } from "../../local/iam/coverage.ts";

/**
 * Least privilege, measured: the end-to-end tests ran with every role's own policies enforced, so a statement that
 * never was the one that allowed a call is a right that nobody needs.
 */
const folder = process.env["CLARION_COVERAGE_FOLDER"];

type Seen = { used: boolean; neededAlone: boolean; unusedActions: Set<string> };

function merged(reports: readonly StatementCoverage[][]): Map<string, Seen> {
  const seen = new Map<string, Seen>();
  for (const { statementId, used, neededAlone, unusedActions } of reports.flat()) {
    const known = seen.get(statementId);
    seen.set(statementId, {
      used: used || (known?.used ?? false),
      neededAlone: neededAlone || (known?.neededAlone ?? false),
      unusedActions: known
        ? known.unusedActions.intersection(new Set(unusedActions))
        : new Set(unusedActions),
    });
  }
  return seen;
}

/**
 * Actions that CDK's event source grants together; Lambda's pollers use them on AWS, ours need only some of them.
 */
const POLLER_ACTIONS = new Set(["sqs:ChangeMessageVisibility", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"]);

test("every statement of every role was the one that allowed some call", {
  skip: folder === undefined && "runs at the end of `npm test`, over what the end-to-end tests saw",
}, () => {
  const reports = readdirSync(folder!).map(
    (file) => JSON.parse(readFileSync(join(folder!, file), "utf8")) as StatementCoverage[],
  );
  assert.ok(reports.length > 0, "no end-to-end test left a report");
  const seen = [...merged(reports)];
  const unused = seen.filter(([, { used }]) => !used).map(([id]) => id);
  const redundant = seen.filter(([, { used, neededAlone }]) => used && !neededAlone).map(([id]) => id);
  const idle = seen.flatMap(([id, { used, unusedActions }]) =>
    used
      ? [...unusedActions].filter((action) => !POLLER_ACTIONS.has(action)).map((action) => `${id} ${action}`)
      : [],
  );
  assert.deepEqual({ unused, redundant, idle }, { unused: [], redundant: [], idle: [] });
});
