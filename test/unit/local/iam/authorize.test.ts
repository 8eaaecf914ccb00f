import assert from "node:assert/strict";
import { test } from "node:test";
import { authorize } from "../../../../local/iam/authorize.ts";
import type { Context } from "../../../../local/iam/conditions.ts";
import { schedulerDemands } from "../../../../local/iam/scheduler-demands.ts";
import { secretsDemands } from "../../../../local/iam/secrets-demands.ts";
import { statement } from "../door/deployment.ts";

const PLACE = { region: "us-east-1", account: "000000000000" };
const ARN = "arn:aws:sqs:us-east-1:000000000000:jobs";
const decide = (
  statements: ReturnType<typeof statement>[],
  action: string,
  resource = ARN,
  context: Context = {},
) => authorize({ action, resource, context }, statements).decision;

test("wildcards, letter case of actions, and deny before allow", () => {
  const allow = statement("a", ["SQS:send*"], ["arn:aws:sqs:*:*:job?"]);
  assert.equal(decide([allow], "sqs:SendMessage"), "allow");
  assert.equal(decide([allow], "sqs:DeleteMessage"), "implicitDeny");
  assert.equal(decide([allow], "sqs:SendMessage", `${ARN}x`), "implicitDeny");
  const deny = statement("d", ["sqs:*"], ["*"], { effect: "Deny" });
  assert.equal(decide([allow, deny], "sqs:SendMessage"), "explicitDeny");
  assert.deepEqual(
    authorize({ action: "sqs:SendMessage", resource: ARN }, [allow, { ...allow, id: "b" }]).by.map(
      ({ id }) => id,
    ),
    ["a", "b"],
  );
});

test("a dot in a pattern is a dot", () => {
  assert.equal(
    decide([statement("a", ["sqs:SendMessage"], ["a.b"])], "sqs:SendMessage", "axb"),
    "implicitDeny",
  );
});

const rows: [string, string, string[], Context, boolean][] = [
  ["StringEquals", "k", ["a", "b"], { k: "b" }, true],
  ["StringEquals", "K", ["a"], { k: "a" }, true],
  ["StringEquals", "k", ["a"], {}, false],
  ["StringNotEquals", "k", ["a"], {}, true],
  ["StringNotEquals", "k", ["a"], { k: "a" }, false],
  ["StringEqualsIfExists", "k", ["a"], {}, true],
  ["StringLike", "k", ["a*"], { k: "abc" }, true],
  ["ArnLike", "k", ["arn:aws:events:*:*:rule/*"], { k: "arn:aws:events:us-east-1:1:rule/x" }, true],
  ["ArnLike", "k", ["arn:*:rule/x"], { k: "arn:aws:events:us-east-1:1:rule/x" }, false],
  ["Bool", "k", ["false"], { k: "true" }, false],
  ["Null", "k", ["true"], {}, true],
  ["Null", "k", ["true"], { k: "x" }, false],
  ["ForAllValues:StringLike", "k", ["a*"], { k: ["a1", "a2"] }, true],
  ["ForAllValues:StringLike", "k", ["a*"], { k: ["a1", "b"] }, false],
  ["ForAnyValue:StringEquals", "k", ["b"], { k: ["a", "b"] }, true],
  ["ForAnyValue:StringEquals", "k", ["b"], {}, false],
  ["NumericLessThan", "k", ["10"], { k: "9" }, true],
  ["NumericLessThan", "k", ["10"], { k: "10" }, false],
];
for (const [operator, key, values, context, holds] of rows) {
  test(`condition ${operator} ${key} of ${values} with ${JSON.stringify(context)} is ${holds}`, () => {
    const conditional = statement("c", ["sqs:*"], ["*"], { conditions: { [operator]: { [key]: values } } });
    assert.equal(decide([conditional], "sqs:SendMessage", ARN, context), holds ? "allow" : "implicitDeny");
  });
}

test("an unknown operator is an error that names it", () => {
  const odd = statement("c", ["sqs:*"], ["*"], { conditions: { DateWithin: { k: ["x"] } } });
  assert.throws(() => decide([odd], "sqs:SendMessage"), /DateWithin/);
});

test("a schedule needs the right to pass its role to the scheduler", () => {
  const [create, pass] = schedulerDemands(PLACE, "CreateSchedule", {
    Name: "n",
    GroupName: "g",
    Target: { RoleArn: "arn:aws:iam::000000000000:role/r" },
  });
  assert.equal(create!.resource, "arn:aws:scheduler:us-east-1:000000000000:schedule/g/n");
  assert.deepEqual(pass, {
    action: "iam:PassRole",
    resource: "arn:aws:iam::000000000000:role/r",
    context: { "iam:PassedToService": "scheduler.amazonaws.com" },
  });
});

test("a secret named without its suffix is judged under its full ARN", () => {
  const arnOf = (id: string) =>
    id === "key" ? "arn:aws:secretsmanager:us-east-1:000000000000:secret:key-AbCdEf" : undefined;
  const resource = (id: string) =>
    secretsDemands(PLACE, arnOf, "GetSecretValue", { SecretId: id })[0]!.resource;
  assert.match(resource("key"), /key-AbCdEf$/);
  assert.match(resource("other"), /:secret:other$/);
});
