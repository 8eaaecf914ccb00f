import { createPrivateKey, type KeyObject } from "node:crypto";

/** Whether a PEM text holds a private key of the wanted kind. */
export function isPrivateKey(pem: string, kind: "P-256" | "RSA"): boolean {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    return false; // node's only way to say that the text is no key
  }
  if (kind === "RSA") return key.asymmetricKeyType === "rsa";
  return key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1";
}
