import assert from "node:assert/strict";
import { test } from "node:test";
import type { Recipient } from "../../../../functions/core/recipient/device.ts";
import { saveUser } from "../../../../functions/core/recipient/save-user.ts";
import { setPreferences, switchOff } from "../../../../functions/core/recipient/set-preferences.ts";
import { directory, input, register } from "./world.ts";

const LIMIT = 16 * 1024;
const PLACE = "marketing:email";

/** Ann with one phone, a few bytes below what a user may take. */
async function full() {
  const world = directory();
  const noted: string[] = [];
  const ports = {
    ...world.ports,
    notePreference: async (_app: string, user: string, place: string, on: boolean) =>
      void noted.push(`${user} ${place} ${on}`),
  };
  await register(ports, "ann", "phone", input("one"));
  const ann = () => world.rows.get("ann")!.recipient;
  const bytes = () => Buffer.byteLength(JSON.stringify(ann()));
  const profile = (letters: number) => ({
    attributes: Object.fromEntries(
      Array.from({ length: Math.ceil(letters / 250) }, (_, at) => [
        `k${String(at).padStart(3, "0")}`,
        "x".repeat(Math.min(250, letters - at * 250)),
      ]),
    ),
  });
  let letters = 14_000;
  await saveUser(ports, "a", "ann", profile(letters));
  while (LIMIT - bytes() > 12) {
    letters += Math.ceil((LIMIT - bytes() - 12) / 2);
    await saveUser(ports, "a", "ann", profile(letters));
  }
  return { ports, noted, ann, bytes, profile: profile(letters) };
}

test("a click on unsubscribe holds however full the profile is; a choice of many is refused", async () => {
  const { ports, noted, ann, bytes } = await full();
  await assert.rejects(setPreferences(ports, "a", "ann", { allowMarketingEmails: false }), {
    code: "limit_reached",
  });
  assert.deepEqual(await switchOff(ports, "a", "ann", PLACE), { [PLACE]: false });
  assert.deepEqual(ann().preferences, { [PLACE]: false });
  assert.deepEqual(noted, [`ann ${PLACE} false`, `ann ${PLACE} false`]);
  assert.ok(bytes() > LIMIT);
});

/** What is done for ann, in order; `save` may be somebody else's doing first. */
async function inOrder(save: (own: () => Promise<boolean>) => Promise<boolean>) {
  const world = directory();
  await register(world.ports, "ann", "phone", input("one"));
  const steps: string[] = [];
  const ports = {
    ...world.ports,
    save: async (recipient: Recipient, revision: number) => {
      const saved = await save(() => world.ports.save(recipient, revision));
      steps.push(saved ? "saved" : "not saved");
      return saved;
    },
    notePreference: async (_app: string, _user: string, place: string, on: boolean) =>
      void steps.push(`${place} ${on ? "on" : "off"}`),
  };
  await setPreferences(ports, "a", "ann", { channels: { email: false }, categories: { social: true } });
  return steps;
}

test("jobs are told before it is saved and behind it: who is read in between is read as they were", async () => {
  const told = [":email off", "social: on"];
  assert.deepEqual(await inOrder((own) => own()), [...told, "saved", ...told]);
});

test("a save whose answer was lost is told behind as well, though it finds itself done", async () => {
  const told = [":email off", "social: on"];
  let isLost = true;
  const steps = await inOrder(async (own) => {
    const saved = await own();
    if (!isLost) return saved;
    isLost = false;
    return false;
  });
  assert.deepEqual(steps, [...told, "not saved", "saved", ...told]);
});

test("who is above the limit then keeps what there is: the phone registers again, nothing grows", async () => {
  const { ports, ann, bytes, profile } = await full();
  await switchOff(ports, "a", "ann", PLACE);
  const before = bytes();
  assert.equal((await register(ports, "ann", "phone", input("one"))).status, "active");
  await register(ports, "ann", "phone", input("two"));
  await setPreferences(ports, "a", "ann", { channels: { sms: false } });
  await switchOff(ports, "a", "ann", PLACE);
  await assert.rejects(register(ports, "ann", "tablet", input("three")), { code: "limit_reached" });
  const longer = { ...profile, name: "Ann" };
  await assert.rejects(saveUser(ports, "a", "ann", longer), { code: "limit_reached" });
  assert.ok(bytes() > LIMIT && bytes() < before + 30);
  await saveUser(ports, "a", "ann", { name: "Ann" });
  assert.equal(ann().name, "Ann");
});
