import assert from "node:assert/strict";
import { test } from "node:test";
import { tokenOf } from "../../../../functions/core/dispatch/job.ts";
import { deviceHash } from "../../../../functions/core/hash.ts";
import type { Rung } from "../../../../functions/core/ladder/rungs.ts";
import { planMessage } from "../../../../functions/core/notification/accept.ts";
import type { Recipient } from "../../../../functions/core/recipient/device.ts";
import type { AppleRoad } from "../../../../functions/core/token-kinds.ts";
import { planToEnd } from "./plan-to-end.ts";
import { notificationOf, person, phone, planWorld, withTwoRoads } from "./world.ts";

/** What the jobs of a page hold: which token of each device, by which rules. */

test("of two tokens of one provider the job holds the better, whichever was registered first", async () => {
  const [fid, old] = (["fcmFid", "fcmToken"] as const).map((kind) => ({
    kind,
    token: kind,
    hash: kind,
    registeredAtMs: 1,
  }));
  for (const tokens of [
    [fid!, old!],
    [old!, fid!],
  ]) {
    const recipient = person("u", [{ ...phone("p1", "fcmToken"), tokens }]);
    const setup = planWorld(notificationOf(), { to: { users: ["u"] }, content: {} }, [recipient]);
    const { jobs } = await planToEnd(setup, []);
    assert.deepEqual(
      jobs.flatMap(({ targets }) => targets.map(tokenOf)),
      ["fcmFid"],
    );
  }
});

/** Two device ids of a person with one hash. */
function twins(user: string): [string, string] {
  const seen = new Map<number, string>();
  for (let n = 0; ; n++) {
    const hash = deviceHash(user, `d${n}`);
    const other = seen.get(hash);
    if (other !== undefined) return [other, `d${n}`];
    seen.set(hash, `d${n}`);
  }
}

test("two devices of a person with one hash are both sent to, each once, on a replay too", async () => {
  const [a, b] = twins("u");
  for (const kinds of [
    ["apns", "apns"],
    ["apns", "fcmToken"],
    ["fcmToken", "apns"],
  ] as const) {
    const recipient = person("u", [phone(a, kinds[0]), phone(b, kinds[1])]);
    for (const kills of [[], [1], [2], [3]]) {
      const setup = planWorld(notificationOf(), { to: { users: ["u"] }, content: {} }, [recipient]);
      const { jobs } = await planToEnd(setup, kills);
      const targets = new Map(jobs.map((job) => [job.id, job.targets]));
      const sentTo = [...targets.values()].flat().map((wire) => [wire[1], tokenOf(wire)]);
      const both = [a, b].map((device) => [device, `token-${device}`]);
      assert.deepEqual(sentTo.sort(), both.sort());
    }
  }
});

test("what got no answer is sent again by providers that know a repetition, and by no other", async () => {
  const ruleOf = async (kind: "meizu" | "oppo" | "apns") => {
    const recipient = person("u", [phone("p1", kind)]);
    const setup = planWorld(notificationOf(), { to: { users: ["u"] }, content: {} }, [recipient]);
    return (await planToEnd(setup, [])).jobs.map(({ rules }) => rules.unknown);
  };
  assert.deepEqual(await ruleOf("meizu"), ["leave"]);
  assert.deepEqual(await ruleOf("oppo"), ["resend"]);
  assert.deepEqual(await ruleOf("apns"), ["resend"]);
});

test("what got no answer from the inbox is asked again, whatever the category says: it knows a repetition", async () => {
  const header = notificationOf({
    channels: ["inApp", "mobilePush"],
    rules: { attempts: 3, unknown: "leave", window: 1 },
  });
  const recipient = person("u", [phone("p1")]);
  const { jobs } = await planToEnd(planWorld(header, { to: { users: ["u"] }, content: {} }, [recipient]), []);
  assert.deepEqual(Object.fromEntries(jobs.map(({ provider, rules }) => [provider, rules.unknown])), {
    websocket: "resend",
    apns: "leave",
  });
});

test("a notification for other tokens of Apple's finds them, on a replay too, as a message that 0.1 leaves alone", async () => {
  const handset = phone("p1");
  const update = {
    kind: "apnsActivity",
    token: "u",
    hash: "u",
    activity: "ride-7",
    registeredAtMs: 1,
  } as const;
  handset.tokens = [{ ...handset.tokens[0]!, kind: "apnsStart" }, ...handset.tokens, update];
  const audience = { users: ["u"] };
  const sentTo = async (appleRoad?: AppleRoad) => {
    const header = notificationOf(appleRoad ? { appleRoad } : {});
    const setup = planWorld(header, { to: audience, content: {} }, [person("u", [handset])]);
    const { jobs } = await planToEnd(setup, []);
    const [job] = jobs;
    const plan = planMessage(header).v;
    return job && { kind: job.targets[0]?.[2], token: tokenOf(job.targets[0]!), job: job.v, plan };
  };
  assert.deepEqual(await sentTo(), { kind: "a", token: "token-p1", job: 1, plan: 1 });
  assert.deepEqual(await sentTo({ kind: "apnsStart" }), { kind: "b", token: "token-p1", job: 2, plan: 2 });
  const activity = { kind: "apnsActivity", activity: "ride-7" } as const;
  assert.deepEqual(await sentTo(activity), { kind: "l", token: "u", job: 2, plan: 2 });
  assert.equal(await sentTo({ ...activity, activity: "ride-8" }), undefined);
});

test("what a provider fans out is planned as one target without a person, on a replay too", async () => {
  for (const [to, target] of [
    [{ fcmTopic: "news" }, ["", "", "T", "news", 0]],
    [{ fcmCondition: "'a' in topics" }, ["", "", "C", "'a' in topics", 0]],
    [
      { apnsChannel: "YQ==", stored: true, environment: "sandbox" },
      ["", "", "B", "YQ==", 0, { e: "s", k: 1 }],
    ],
  ] as const) {
    const audience = Object.keys(to)[0] as "fcmTopic";
    const body = { to, content: {} };
    const sent = await Promise.all(
      [[], [1], [2], [3], [4]].map(async (kills) => {
        const { jobs } = await planToEnd(planWorld(notificationOf({ audience }), body, []), kills);
        assert.ok(jobs.length >= 1);
        for (const { targets, v, channel } of jobs) {
          assert.deepEqual(targets, [target]);
          assert.deepEqual([v, channel], [2, "mobilePush"]);
        }
        return jobs.map(({ id }) => id);
      }),
    );
    assert.equal(new Set(sent.flat()).size, 1, "a replay made another job");
  }
});

test("jobs of whose people somebody may climb are left alone by 0.1, which would not ask for the climb", async () => {
  const jobOf = async (recipient: Recipient, ladder: Rung[] = []) => {
    const header = notificationOf({ ladder });
    const setup = planWorld(header, { to: { users: ["u"] }, content: {} }, [recipient]);
    return (await planToEnd(setup, [])).jobs.map(({ v, page }) => [v, page !== undefined]);
  };
  const one = person("u", [phone("p1")]);
  assert.deepEqual(await jobOf(one), [[1, false]]);
  assert.deepEqual(await jobOf(person("u", [withTwoRoads("p1")])), [[2, true]]);
  assert.deepEqual(await jobOf(one, [{ channels: ["inApp"] }]), [[2, true]]);
});
