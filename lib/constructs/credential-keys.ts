import { Stack } from "aws-cdk-lib";
import { CREDENTIALS_TAG, ENV } from "../../functions/names.ts";
import type { ClarionFunction } from "./function.ts";
import type { CredentialPlace } from "./parts.ts";

/*
 * Rights to the KMS keys that seal credentials: the template's, or one that is made at run time and whose ARN is not known
 * here. IAM knows both by their tag (docs/adr/0024-credentials-in-catalog.md).
 */
const BECAUSE =
  "the key that seals credentials may be made at run time; its tag bounds it to this deployment";

const ofDeployment = ({ secretPrefix }: CredentialPlace) => ({
  [`aws:ResourceTag/${CREDENTIALS_TAG}`]: secretPrefix,
});

/**
 * Items of every channel lie in one table: what a function may open is bounded by what KMS was told when they were
 * sealed (functions/platform/envelope.ts).
 */
export function bindOpening(
  fn: ClarionFunction,
  place: CredentialPlace,
  sealedFor: Record<string, string>,
): void {
  if (place.key) fn.env(ENV.credentialsKey, place.key.keyArn);
  const context = Object.entries(sealedFor).map(([name, value]) => [`kms:EncryptionContext:${name}`, value]);
  fn.allow("OpenCredentials", ["kms:Decrypt"], [everyKey(fn)], {
    conditions: { StringEquals: { ...ofDeployment(place), ...Object.fromEntries(context) } },
    because: BECAUSE,
  });
}

/** Who seals credentials cannot open them, and can neither delete a key nor change who may use it. */
export function bindSealing(fn: ClarionFunction, place: CredentialPlace): void {
  fn.env(ENV.credentialsPlace, place.chosen);
  if (place.key) {
    fn.env(ENV.credentialsKey, place.key.keyArn);
    fn.allow("SealCredentials", ["kms:GenerateDataKey"], [place.key.keyArn]);
  }
  if (place.chosen !== "auto") return;
  bindMaking(fn, place);
  fn.allow("SealCredentials", ["kms:GenerateDataKey", "kms:EnableKeyRotation"], [everyKey(fn)], {
    conditions: { StringEquals: ofDeployment(place) },
    because: BECAUSE,
  });
}

/** Makes keys under this deployment's tag and no other. */
function bindMaking(fn: ClarionFunction, place: CredentialPlace): void {
  const asked = {
    StringEquals: { [`aws:RequestTag/${CREDENTIALS_TAG}`]: place.secretPrefix },
    "ForAllValues:StringEquals": { "aws:TagKeys": CREDENTIALS_TAG },
  };
  fn.allow("MakeCredentialsKey", ["kms:CreateKey"], ["*"], {
    conditions: asked,
    because: "a key that is not made yet has no ARN",
  });
  // A key that carries another deployment's tag keeps it.
  fn.allow("TagCredentialsKey", ["kms:TagResource"], [everyKey(fn)], {
    conditions: { ...asked, StringEqualsIfExists: ofDeployment(place) },
    because: "KMS asks for the right to tag every key of who makes one with tags",
  });
}

function everyKey(fn: ClarionFunction): string {
  const { partition, region, account } = Stack.of(fn);
  return `arn:${partition}:kms:${region}:${account}:key/*`;
}
