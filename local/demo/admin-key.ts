import type { Runtime } from "../runtime/start.ts";

/** The admin key that the deployment made for itself; on AWS an operator reads it from Secrets Manager. */
export async function adminKey({ door, deployment }: Pick<Runtime, "door" | "deployment">): Promise<string> {
  const name = deployment.outputs["AdminKeySecretName"];
  if (name === undefined) throw new Error("the template has no output AdminKeySecretName");
  const secret = (await door.call({ kind: "admin" }, "secretsmanager", "GetSecretValue", {
    SecretId: name,
  })) as {
    SecretString: string;
  };
  return secret.SecretString;
}
