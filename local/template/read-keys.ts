/** Keys of KMS that the template makes. */

import type { EncryptionKey } from "./model.ts";
import { isTrue, optionalText, records } from "./property.ts";
import { statementsOf } from "./read-access.ts";
import type { ResolvedResource, World } from "./world.ts";

/** A key whose policy names the account's root leaves the rest to IAM; any other rule of who may use it is not run. */
function checkPolicy({ logicalId, stack, properties }: ResolvedResource, account: string): void {
  const root = `arn:aws:iam::${account}:root`;
  const statements = statementsOf(properties()["KeyPolicy"], logicalId);
  const [only] = statements;
  const isDefault =
    statements.length === 1 &&
    only?.effect === "Allow" &&
    only.actions.join() === "kms:*" &&
    only.principals.join() === root &&
    Object.keys(only.conditions).length === 0;
  if (isDefault) return;
  throw new Error(
    `${stack}/${logicalId}: only key policies that leave all rights to IAM (kms:* for the account's root) are run here`,
  );
}

export function readKeys(world: World): EncryptionKey[] {
  return world.ofType("AWS::KMS::Key").map((resource) => {
    checkPolicy(resource, world.place.account);
    const spec = optionalText(resource.properties(), "KeySpec") ?? "SYMMETRIC_DEFAULT";
    if (spec !== "SYMMETRIC_DEFAULT")
      throw new Error(`${resource.stack}/${resource.logicalId}: keys of the kind ${spec} are not run here`);
    return {
      logicalId: resource.logicalId,
      keyId: resource.attributes["KeyId"] ?? "",
      arn: resource.attributes["Arn"] ?? "",
      tags: Object.fromEntries(
        records(resource.properties()["Tags"]).map(({ Key, Value }) => [String(Key), String(Value)]),
      ),
      rotates: isTrue(resource.properties()["EnableKeyRotation"]),
    };
  });
}
