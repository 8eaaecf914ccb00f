import assert from "node:assert/strict";
import type { lookup } from "node:dns";
import { once } from "node:events";
import { test } from "node:test";
import { egress } from "../../../../functions/platform/egress.ts";

/** DNS that an attacker holds. */
const pointsTo = (...addresses: string[]) =>
  ((_host: string, _options: unknown, callback: (error: null, found: unknown) => void) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    )) as unknown as typeof lookup; // dns.lookup's overloads do not fit a single arrow

test("a name that leads inside is not connected to", async () => {
  for (const address of [
    "127.0.0.1",
    "169.254.169.254",
    "10.0.0.1",
    "::1",
    "::ffff:127.0.0.1",
    "fd00:ec2::254",
  ]) {
    const socket = egress({ resolve: pointsTo(address) })("web.push.apple.com", ["h2"]);
    const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
    assert.equal(error.code, "EADDRNOTPUBLIC", address);
    socket.destroy();
  }
});

test("an override must be an address and a port, and says so", () => {
  for (const way of ["localhost:443", "127.0.0.1", "127.0.0.1:99999", ""])
    assert.throws(
      () => egress({ overrides: { "api.push.apple.com": way } }),
      /api\.push\.apple\.com must be/,
    );
});
