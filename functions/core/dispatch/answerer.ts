import { pushServiceOf } from "../net/endpoint-rule.ts";
import { type Job, tokenOf } from "./job.ts";

/**
 * Who answers a job's requests: what breakers and shares of an environment are kept for. That is its provider, or the
 * push service of a Web Push job that goes to one alone: that Mozilla's is down says nothing of Google's. Services are
 * told apart by the entry of the list that allows their hosts, so that there are as many as entries, whatever
 * endpoints browsers name.
 * @param extraHosts further push services of the operator
 */
export function answererOf(
  { provider, targets }: Pick<Job, "provider" | "targets">,
  extraHosts: readonly string[],
): string {
  if (provider !== "webpush") return provider;
  let only: string | undefined;
  for (const target of targets) {
    const token = tokenOf(target);
    if (token === "") continue; // its device vanished since it was planned
    const service = pushServiceOf(token, extraHosts);
    if (service === undefined || (only !== undefined && service !== only)) return provider;
    only = service;
  }
  return only === undefined ? provider : `${provider}@${only}`;
}
