import { BlockList, isIP } from "node:net";

/** IANA special-purpose registry: everything that is not the public internet. */
const RESERVED_V4: readonly [string, number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

/**
 * Global unicast is 2000::/3; IPv4-mapped (::ffff:0:0/96), NAT64 (64:ff9b::/96), unique local, link-local and
 * multicast all lie outside it. Inside it, these lead elsewhere: protocol assignments with Teredo, documentation, 6to4.
 */
const GLOBAL_V6: readonly [string, number] = ["2000::", 3];
const RESERVED_V6: readonly [string, number][] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

/** Made for the first address: most functions that load this never meet one. */
let lists: { reserved: BlockList; globalV6: BlockList } | undefined;

function blockLists() {
  const [reserved, globalV6] = [new BlockList(), new BlockList()];
  for (const [network, prefix] of RESERVED_V4) reserved.addSubnet(network, prefix, "ipv4");
  for (const [network, prefix] of RESERVED_V6) reserved.addSubnet(network, prefix, "ipv6");
  globalV6.addSubnet(...GLOBAL_V6, "ipv6");
  return { reserved, globalV6 };
}

/** Whether an address that DNS gave belongs to the public internet. Anything that is not an address does not. */
export function isPublicAddress(ip: string): boolean {
  if (ip.includes("%")) return false; // a zone id: only link-local addresses carry one
  const family = isIP(ip);
  lists ??= blockLists();
  const { reserved, globalV6 } = lists;
  if (family === 4) return !reserved.check(ip, "ipv4");
  return family === 6 && globalV6.check(ip, "ipv6") && !reserved.check(ip, "ipv6");
}
