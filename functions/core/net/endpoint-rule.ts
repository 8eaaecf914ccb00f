export { isPublicAddress } from "./public-address.ts";

/** Push services whose endpoints browsers hand out today; `*.` stands for one label or more. */
const PUSH_SERVICES = [
  "*.push.apple.com",
  "fcm.googleapis.com",
  "*.push.services.mozilla.com",
  "*.notify.windows.com",
] as const;

const MAX_URL = 1024;
const MAX_HOST = 253;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** The only spelling that is taken: every character that two URL parsers could read differently is left out. */
const ENDPOINT = /^https:\/\/([a-z0-9.-]+)(?::443)?(\/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)$/;

export type EndpointAnswer =
  | { ok: true; origin: string; host: string; path: string }
  | { ok: false; why: string };

/**
 * Whether a Web Push endpoint, which any browser may name, is one that we would connect to.
 * The text must be what a URL parser makes of it, so that no other parser can see another host in it.
 * @param extraHosts further hosts of the operator: `push.example.com`, or `*.example.com` for all below it
 */
export function checkEndpoint(url: string, extraHosts: readonly string[]): EndpointAnswer {
  if (url.length > MAX_URL) return refused(`is longer than ${MAX_URL} characters`);
  const [, host, path] = ENDPOINT.exec(url) ?? [];
  if (host === undefined || path === undefined)
    return refused("must be a plain https URL on port 443: lower-case host, no user, no fragment");
  const why = hostFault(host);
  if (why !== undefined) return refused(why);
  const origin = `https://${host}`;
  if (!readsAs(url, origin, path)) return refused("is spelled so that URL parsers disagree about it");
  if (serviceOf(host, extraHosts) === undefined)
    return refused("is not on a known push service; an operator may add hosts (webPushHosts)");
  return { ok: true, origin, host, path };
}

/** The entry of the list under which a host is allowed, of an endpoint that was checked when it was registered. */
export function pushServiceOf(url: string, extraHosts: readonly string[]): string | undefined {
  const [, host] = ENDPOINT.exec(url) ?? [];
  return host === undefined ? undefined : serviceOf(host, extraHosts);
}

const serviceOf = (host: string, extraHosts: readonly string[]): string | undefined =>
  PUSH_SERVICES.find((pattern) => matches(pattern, host)) ??
  extraHosts.find((pattern) => matches(pattern, host));

const refused = (why: string): EndpointAnswer => ({ ok: false, why });

function hostFault(host: string): string | undefined {
  const labels = host.split(".");
  if (host.length > MAX_HOST || labels.length < 2 || !labels.every((label) => LABEL.test(label)))
    return "has a host that is not a plain domain name";
  if (labels.some((label) => label.startsWith("xn--"))) return "has an internationalised host";
  // A last label that begins with a digit is an IPv4 address to some parsers (127.0.0.1, 10.0x7f).
  if (!/^[a-z]/.test(labels.at(-1) ?? "")) return "has an IP address for a host";
  return undefined;
}

function readsAs(url: string, origin: string, path: string): boolean {
  if (!URL.canParse(url)) return false;
  const parsed = new URL(url);
  return (
    parsed.href === origin + path && parsed.origin === origin && parsed.username + parsed.password === ""
  );
}

/** `*.example.com` is every host below example.com; a wildcard over a whole top-level domain matches nothing. */
function matches(pattern: string, host: string): boolean {
  if (!pattern.startsWith("*.")) return host === pattern;
  const parent = pattern.slice(1);
  return parent.indexOf(".", 1) > 0 && host.endsWith(parent) && host.length > parent.length;
}
