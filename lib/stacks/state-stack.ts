import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { Key } from "aws-cdk-lib/aws-kms";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import type { Config } from "../config/config.ts";
import { makeTables, type Tables } from "../constructs/tables.ts";

/** What must survive: tables (retained, protected, restorable) and the keys the platform made for itself. */
export class StateStack extends Stack {
  readonly tables: Tables;
  readonly adminKey: Secret;
  readonly cursorKey: Secret;
  /** Seals the credentials in Catalog, where the operator wants that from the first one on. */
  readonly credentialsKey: Key | undefined;

  constructor(scope: Construct, id: string, props: StackProps & { clarion: Config }) {
    const { clarion: config } = props;
    super(scope, id, { ...props, terminationProtection: config.retainState });
    this.tables = makeTables(this, config);
    const removalPolicy = config.retainState ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    this.adminKey = new Secret(this, "AdminKey", {
      removalPolicy,
      description: "The first admin key of Clarion's API: Authorization: Bearer <value>",
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
    });
    this.cursorKey = new Secret(this, "CursorKey", {
      removalPolicy,
      description: "Signs the cursors of Clarion's lists and the unsubscribe links of its mails",
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
    });
    this.credentialsKey = config.credentials === "catalog" ? this.makeCredentialsKey(config) : undefined;
    this.exportValue(this.adminKey.secretName, { name: `${id}-AdminKeySecretName` });
  }

  private makeCredentialsKey({ retainState }: Config): Key {
    return new Key(this, "CredentialsKey", {
      description: `Seals the providers' credentials in the Catalog table of ${this.stackName}`,
      enableKeyRotation: true,
      removalPolicy: retainState ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }
}
