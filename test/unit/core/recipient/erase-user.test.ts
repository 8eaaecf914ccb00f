import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_DEVICES, MAX_TOKENS, type Recipient } from "../../../../functions/core/recipient/device.ts";
import { type EraseUserPorts, eraseUser } from "../../../../functions/core/recipient/erase-user.ts";
import type { TokenMove } from "../../../../functions/core/recipient/register-device.ts";
import { person, phone } from "../plan/world.ts";

/** Rows of one TransactWriteItems. */
const TRANSACTION = 100;

test("somebody with as many devices and tokens as there may be is erased, in transactions that DynamoDB takes", async () => {
  const devices = Array.from({ length: MAX_DEVICES }, (_, n) => {
    const device = phone(`d${n}`);
    const [token] = device.tokens;
    return {
      ...device,
      tokens: Array.from({ length: MAX_TOKENS }, (_, t) => ({ ...token!, hash: `${n}.${t}` })),
    };
  });
  let stored: Recipient | undefined = person("u", devices);
  const moves: TokenMove[] = [];
  const ports: EraseUserPorts = {
    get: async () => stored && { recipient: stored, revision: 1 },
    owners: async (_app, hashes) =>
      new Map(hashes.map((hash) => [hash, { user: "u", device: `d${hash.split(".")[0]}` }])),
    async move(move) {
      moves.push(move);
      stored = move.recipients[0]!.recipient;
      return true;
    },
    async remove() {
      stored = undefined;
      return true;
    },
    noteErased: async () => undefined,
    refuseOlderTokens: async () => undefined,
    counted: async () => undefined,
    eraseInbox: async () => undefined,
    eraseConnections: async () => undefined,
    pause: async () => undefined,
  };
  await eraseUser(ports, "a", "u");
  assert.equal(stored, undefined);
  assert.equal(moves.flatMap(({ dropped }) => dropped).length, MAX_DEVICES * MAX_TOKENS);
  for (const { recipients, dropped } of moves) {
    const rows = recipients.length + dropped.length;
    assert.ok(rows <= TRANSACTION, `${rows} rows`);
  }
});
