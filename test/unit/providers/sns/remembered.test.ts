import assert from "node:assert/strict";
import { test } from "node:test";
import { rememberedTransport } from "../../../../functions/providers/sns/remembered.ts";
import type { SmsReply } from "../../../../functions/providers/sns/transport.ts";

const of = { app: "shop", notification: "n", user: "ann" };
const sms = { to: "+4915112345678", text: "Hello", kind: "transactional", of } as const;

async function publish(reply: SmsReply, remember: (id: string) => Promise<void>, leftMs = 1_000) {
  const forgotten: string[] = [];
  const transport = rememberedTransport(
    { publish: async () => reply },
    {
      remember: (id, owner) => {
        assert.deepEqual(owner, of);
        return remember(id);
      },
      forgotten: (error) => forgotten.push((error as Error).message),
      now: Date.now,
    },
  );
  return { reply: await transport.publish(sms, Date.now() + leftMs), forgotten };
}

test("whose an accepted message is, is written before its outcome is told; what was not accepted is not written", async () => {
  const written: string[] = [];
  const remember = async (id: string) => void written.push(id);
  const sent: SmsReply = { kind: "sent", id: "m-1" };
  assert.deepEqual(await publish(sent, remember), { reply: sent, forgotten: [] });
  for (const reply of [
    { kind: "sent" },
    { kind: "lost", reason: "timeout" },
    { kind: "unsent", reason: "connect_timeout" },
    { kind: "refused", status: 400, code: "InvalidParameter", message: "no" },
  ] as const)
    assert.deepEqual((await publish(reply, remember)).reply, reply);
  assert.deepEqual(written, ["m-1"]);
});

test("a write that fails, or that outlasts the request's deadline, leaves the outcome as it is and is said", async () => {
  const sent: SmsReply = { kind: "sent", id: "m-1" };
  const failing = await publish(sent, () => Promise.reject(new Error("throttled")));
  assert.deepEqual(failing, { reply: sent, forgotten: ["throttled"] });
  const slow = await publish(sent, () => new Promise(() => undefined), 20);
  assert.deepEqual(slow, { reply: sent, forgotten: ["the table of owners did not answer in time"] });
});
