import type { Role, Statement } from "../template/model.ts";
import { matchesPattern } from "./pattern.ts";

export type StatementCoverage = {
  statementId: string;
  roleLogicalId: string;
  /** Allowed some call, perhaps together with others. */
  used: boolean;
  /** Was the only one that allowed some call. */
  neededAlone: boolean;
  /** Action patterns that matched no allowed call. */
  unusedActions: string[];
};

export type Coverage = {
  record(roleArn: string, action: string, by: readonly Statement[]): void;
  report(): StatementCoverage[];
};

type Marks = { used: boolean; alone: boolean; actions: Set<string> };

export function createCoverage(roles: readonly Role[]): Coverage {
  const marks = new Map<string, Marks>();
  const keyOf = (roleArn: string, statement: Statement) => `${roleArn} ${statement.id}`;
  const marksOf = (key: string) => {
    const known = marks.get(key) ?? { used: false, alone: false, actions: new Set<string>() };
    marks.set(key, known);
    return known;
  };
  return {
    record(roleArn, action, by) {
      for (const statement of by) {
        const mark = marksOf(keyOf(roleArn, statement));
        mark.used = true;
        mark.alone ||= by.length === 1;
        for (const pattern of statement.actions) {
          if (matchesPattern(pattern, action, true)) mark.actions.add(pattern);
        }
      }
    },
    report: () =>
      roles.flatMap((role) =>
        role.statements
          .filter((statement) => statement.effect === "Allow")
          .map((statement) => {
            const mark = marksOf(keyOf(role.arn, statement));
            return {
              statementId: statement.id,
              roleLogicalId: role.logicalId,
              used: mark.used,
              neededAlone: mark.alone,
              unusedActions: statement.actions.filter((action) => !mark.actions.has(action)),
            };
          }),
      ),
  };
}
