/** Lambda's resource policies: who may invoke which function. */

import type { Permission } from "../template/model.ts";

function matches(pattern: string, arn: string): boolean {
  const source = pattern
    .split("*")
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${source}$`).test(arn);
}

export type Caller = { principal: string; sourceArn: string };

export function mayInvoke(permissions: Permission[], functionArn: string, caller: Caller): boolean {
  return permissions.some(
    (permission) =>
      permission.functionArn === functionArn &&
      permission.principal === caller.principal &&
      (permission.sourceArn === undefined || matches(permission.sourceArn, caller.sourceArn)),
  );
}
