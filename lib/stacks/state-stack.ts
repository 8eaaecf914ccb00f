import { Stack, type StackProps } from "aws-cdk-lib";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import type { Config } from "../config/config.ts";
import { makeTables, type Tables } from "../constructs/tables.ts";

/** What must survive: tables (retained, protected, restorable) and the keys the platform made for itself. */
export class StateStack extends Stack {
  readonly tables: Tables;
  readonly adminKey: Secret;
  readonly cursorKey: Secret;

  constructor(scope: Construct, id: string, props: StackProps & { clarion: Config }) {
    super(scope, id, { ...props, terminationProtection: props.clarion.retainState });
    this.tables = makeTables(this, props.clarion);
    this.adminKey = new Secret(this, "AdminKey", {
      description: "The first admin key of Clarion's API: Authorization: Bearer <value>",
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
    });
    this.cursorKey = new Secret(this, "CursorKey", {
      description: "Signs the cursors of Clarion's lists and the unsubscribe links of its mails",
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
    });
    this.exportValue(this.adminKey.secretName, { name: `${id}-AdminKeySecretName` });
  }
}
