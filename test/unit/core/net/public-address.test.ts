import assert from "node:assert/strict";
import { test } from "node:test";
import { isPublicAddress } from "../../../../functions/core/net/endpoint-rule.ts";

const PRIVATE = [
  "0.0.0.0",
  "10.0.0.1",
  "100.64.0.1",
  "127.0.0.1",
  "127.255.255.254",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.8",
  "192.0.2.1",
  "192.168.1.1",
  "198.18.0.1",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::ffff:127.0.0.1",
  "::ffff:8.8.8.8",
  "::8.8.8.8",
  "64:ff9b::808:808",
  "64:ff9b:1::1",
  "100::1",
  "2001::1",
  "2001:db8::1",
  "2002:7f00:1::",
  "3fff::1",
  "fc00::1",
  "fd00:ec2::254",
  "fe80::1",
  "fe80::1%eth0",
  "fec0::1",
  "ff02::1",
  "localhost",
  "1.2.3",
  "",
];
const PUBLIC = [
  "1.1.1.1",
  "8.8.8.8",
  "17.188.143.34",
  "172.32.0.1",
  "100.128.0.1",
  "2606:4700::1111",
  "2620:149::1",
];

test("only addresses of the public internet are public", () => {
  for (const ip of PRIVATE) assert.equal(isPublicAddress(ip), false, ip);
  for (const ip of PUBLIC) assert.equal(isPublicAddress(ip), true, ip);
});
