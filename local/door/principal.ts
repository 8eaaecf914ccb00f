import { createHash, randomBytes } from "node:crypto";
import type { Role } from "../template/model.ts";

export type Principal =
  /** `session`: the execution environment that the role was given to. */
  | { kind: "role"; roleArn: string; session?: string }
  /** An AWS service acting for a resource: EventBridge for a rule. Judged by resource policies alone. */
  | { kind: "service"; service: string; sourceArn: string }
  /** Tests and seeding tools: allowed everything, not counted for coverage. */
  | { kind: "admin" };

export type Credentials = { accessKeyId: string; secretAccessKey: string };

const idOf = (prefix: string, seed: string) =>
  `${prefix}${createHash("sha256").update(seed).digest("hex").slice(0, 16).toUpperCase()}`;

export function principalName(principal: Principal): string {
  switch (principal.kind) {
    case "role":
      return principal.roleArn.slice(principal.roleArn.lastIndexOf("/") + 1);
    case "service":
      return principal.service;
    case "admin":
      return "admin";
  }
}

/** The SenderId of SQS: `<unique id of the role>:<session>`, or the unique id of a user. */
export function senderIdOf(principal: Principal): string {
  const name = principalName(principal);
  return principal.kind === "role" ? `${idOf("AROA", principal.roleArn)}:${name}` : idOf("AIDA", name);
}

export type CredentialBook = {
  /** One set for a role, or one for each of its sessions. */
  forRole(roleArn: string, session?: string): Credentials;
  admin(): Credentials;
  secretOf(accessKeyId: string): string | undefined;
  principalOf(accessKeyId: string): Principal;
};

/** Secrets are new at every start: nobody outside this process tree has ever held one. */
export function createCredentialBook(roles: readonly Role[]): CredentialBook {
  const book = new Map<string, { secret: string; principal: Principal }>();
  const issue = (accessKeyId: string, principal: Principal): Credentials => {
    const known = book.get(accessKeyId) ?? { secret: randomBytes(30).toString("base64url"), principal };
    book.set(accessKeyId, known);
    return { accessKeyId, secretAccessKey: known.secret };
  };
  return {
    forRole(roleArn, session) {
      if (!roles.some((role) => role.arn === roleArn))
        throw new Error(`The template has no role ${roleArn}.`);
      const seed = session === undefined ? roleArn : `${roleArn}/${session}`;
      return issue(idOf("ASIA", seed), { kind: "role", roleArn, ...(session && { session }) });
    },
    admin: () => issue(idOf("AKIA", "admin"), { kind: "admin" }),
    secretOf: (accessKeyId) => book.get(accessKeyId)?.secret,
    principalOf(accessKeyId) {
      const entry = book.get(accessKeyId);
      if (!entry) throw new Error(`No credentials were handed out under ${accessKeyId}.`);
      return entry.principal;
    },
  };
}
