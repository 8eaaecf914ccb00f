import assert from "node:assert/strict";
import { test } from "node:test";
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
  assert.deepEqual(noted, [`ann ${PLACE} false`]);
  assert.ok(bytes() > LIMIT);
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
