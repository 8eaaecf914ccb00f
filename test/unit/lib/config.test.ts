import assert from "node:assert/strict";
import { test } from "node:test";
import { type ConfigInput, resolveConfig } from "../../../lib/config/config.ts";

/** What an operator without a type checker may write. */
const KEY_ARN = "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000000";
const resolving = (input: unknown) => () => resolveConfig(input as ConfigInput);
const naming = (key: string) => (error: Error) => {
  assert.match(error.message, /^clarion\.config\.ts is wrong:\n/);
  assert.ok(error.message.includes(key), `the error does not name ${key}: ${error.message}`);
  return true;
};

test("an empty configuration is whole", () => {
  const config = resolveConfig({});
  assert.equal(config.name, "Clarion");
  assert.equal(config.retainState, true);
  assert.equal(config.logRetentionDays, 30);
  assert.equal(config.inactiveAfterDays, 90);
  assert.deepEqual(config.webPushHosts, []);
  assert.equal(config.credentials, "auto");
  assert.deepEqual(config.times, {
    providerDeadlineS: 10,
    dispatcherTimeoutS: 30,
    leaseS: 35,
    dispatchVisibilityS: 45,
    planSliceS: 45,
    planTimeoutS: 60,
    planVisibilityS: 75,
  });
  assert.deepEqual(config.maximumConcurrency, { low: 5, inApp: 20 });
  assert.deepEqual(config.memoryMb, { http: 512, plan: 1024, dispatch: 1024 });
  assert.equal(config.limits.appRequestsPerS, 500);
  assert.equal(config.limits.socketPostsPerS, 5_000);
  assert.equal(config.loadLevels.highBacklog, 1_000_000);
  assert.equal(config.alarms.accountConcurrency, 1_000);
  assert.deepEqual(config.tracing, { sampleShare: 0.01 });
  assert.deepEqual(config.metrics, { byApp: true });
  assert.equal(config.smsDeliveryLogs, false);
  for (const key of ["region", "account", "alarmEmail", "kmsKeyArn"]) assert.ok(!(key in config), key);
});

test("what is set wins, and its neighbours keep their defaults", () => {
  const config = resolveConfig({ name: "Acme", times: { leaseS: 40 }, webPushHosts: ["*.push.example.org"] });
  assert.equal(config.name, "Acme");
  assert.equal(config.times.leaseS, 40);
  assert.equal(config.times.providerDeadlineS, 10);
  assert.deepEqual(config.webPushHosts, ["*.push.example.org"]);
});

const WRONG: [what: string, input: unknown, key: string][] = [
  ["an unknown key", { colour: "red" }, "colour"],
  ["an unknown key of a group", { times: { leaseSeconds: 35 } }, "times"],
  ["an unknown key of a group, by its name", { times: { leaseSeconds: 35 } }, "leaseSeconds"],
  ["a string for a number", { times: { leaseS: "35" } }, "times.leaseS"],
  ["a fraction", { times: { leaseS: 35.5 } }, "times.leaseS"],
  ["a number for a string", { name: 7 }, "name"],
  ["a string for a boolean", { retainState: "false" }, "retainState"],
  ["a string for a list", { webPushHosts: "push.example.org" }, "webPushHosts"],
  ["a number for a group", { alarms: 5 }, "alarms"],
  ["a number under its range", { times: { providerDeadlineS: 0 } }, "times.providerDeadlineS"],
  ["a number over its range", { times: { leaseS: 901 } }, "times.leaseS"],
  ["visibility over SQS's maximum", { times: { planVisibilityS: 43_201 } }, "times.planVisibilityS"],
  ["concurrency under Lambda's minimum", { maximumConcurrency: { low: 1 } }, "maximumConcurrency.low"],
  ["memory over Lambda's maximum", { memoryMb: { plan: 10_241 } }, "memoryMb.plan"],
  [
    "posts so few that the last environment would stand still",
    { limits: { socketPostsPerS: 99 } },
    "limits.socketPostsPerS",
  ],
  ["a limit of zero", { limits: { appRequestsPerS: 0 } }, "limits.appRequestsPerS"],
  ["a percentage over 100", { alarms: { failedPercent: 101 } }, "alarms.failedPercent"],
  ["a load level of zero", { loadLevels: { mediumAgeS: 0 } }, "loadLevels.mediumAgeS"],
  ["a share over 1", { tracing: { sampleShare: 1.1 } }, "tracing.sampleShare"],
  ["a share under 0", { tracing: { sampleShare: -0.1 } }, "tracing.sampleShare"],
  ["a retention CloudWatch does not know", { logRetentionDays: 31 }, "logRetentionDays"],
  ["a name that no stack can have", { name: "my-team" }, "name"],
  ["a region that is none", { region: "Frankfurt" }, "region"],
  ["an account that is none", { account: "1234" }, "account"],
  ["an e-mail address that is none", { alarmEmail: "ops" }, "alarmEmail"],
  ["docs without TLS", { docsUrl: "http://docs.example.org" }, "docsUrl"],
  ["docs with a slash at the end", { docsUrl: "https://docs.example.org/" }, "docsUrl"],
  ["a place for credentials that there is not", { credentials: "environment" }, "credentials"],
  ["a key that is not of KMS", { kmsKeyArn: "arn:aws:s3:::bucket" }, "kmsKeyArn"],
  ["a key of another Region", { kmsKeyArn: KEY_ARN, region: "us-east-1" }, "kmsKeyArn"],
  ["a public address with a path", { publicUrl: "https://api.example.com/push" }, "publicUrl"],
  ["a public address with a slash", { publicUrl: "https://api.example.com/" }, "publicUrl"],
  ["more push services than fit", { webPushHosts: Array(10).fill("push.example.org") }, "webPushHosts"],
  ["a host with its scheme", { webPushHosts: ["push.example.org", "https://x.example"] }, "webPushHosts.1"],
];

for (const [what, input, key] of WRONG) {
  test(`${what} is refused and ${key} named`, () => {
    assert.throws(resolving(input), naming(key));
  });
}

test("the error says what the value must be", () => {
  assert.throws(resolving({ memoryMb: { http: 1 } }), naming("128"));
  assert.throws(resolving({ times: { leaseS: "35" } }), naming("number"));
  assert.throws(resolving({ name: "my-team" }), naming("must be 2-16 letters and digits, capital first"));
});

test("every wrong key is named at once", () => {
  const input = { times: { leaseS: 0 }, memoryMb: { http: 1 }, account: "x" };
  for (const key of ["times.leaseS", "memoryMb.http", "account"])
    assert.throws(resolving(input), naming(key));
});

const DISPATCH = { providerDeadlineS: 10, dispatcherTimeoutS: 20, leaseS: 30, dispatchVisibilityS: 40 };
const PLAN = { planSliceS: 20, planTimeoutS: 30, planVisibilityS: 40 };

const ORDER: [smaller: string, larger: string, equal: object, above: object][] = [
  ["providerDeadlineS", "dispatcherTimeoutS", { providerDeadlineS: 20 }, { providerDeadlineS: 21 }],
  ["dispatcherTimeoutS", "leaseS", { dispatcherTimeoutS: 30 }, { dispatcherTimeoutS: 31 }],
  ["leaseS", "dispatchVisibilityS", { leaseS: 40 }, { leaseS: 41 }],
  ["planSliceS", "planTimeoutS", { planSliceS: 30 }, { planSliceS: 31 }],
  ["planTimeoutS", "planVisibilityS", { planTimeoutS: 40 }, { planTimeoutS: 41 }],
];

for (const [smaller, larger, equal, above] of ORDER) {
  test(`${smaller} must be less than ${larger}`, () => {
    for (const change of [equal, above]) {
      const attempt = resolving({ times: { ...DISPATCH, ...PLAN, ...change } });
      assert.throws(attempt, naming(`times.${smaller}`));
      assert.throws(attempt, naming(`times.${larger}`));
    }
  });
}

test("the tightest order that is kept is taken", () => {
  const times = {
    providerDeadlineS: 10,
    dispatcherTimeoutS: 13,
    leaseS: 14,
    dispatchVisibilityS: 15,
    planSliceS: 10,
    planTimeoutS: 11,
    planVisibilityS: 15,
  };
  assert.deepEqual(resolveConfig({ times }).times, times);
});

test("a dispatcher has time left to write down what the provider said", () => {
  const times = { ...DISPATCH, ...PLAN, dispatcherTimeoutS: 12 };
  assert.throws(resolving({ times }), naming("times.dispatcherTimeoutS"));
  assert.throws(resolving({ times }), /13 s or more/);
});

test("a value whose neighbour is the default is judged too", () => {
  assert.throws(resolving({ times: { dispatcherTimeoutS: 35 } }), naming("times.dispatcherTimeoutS"));
});

test("a key of the operator's says which Region the stacks are for", () => {
  assert.equal(resolveConfig({ kmsKeyArn: KEY_ARN }).region, "eu-central-1");
  assert.equal(resolveConfig({ kmsKeyArn: KEY_ARN, region: "eu-central-1" }).region, "eu-central-1");
});
