import { AppError } from "../core/errors/app-error.ts";

/** Firebase's own library says whether it can use a service account; loaded only when one is stored. */
export async function checkServiceAccount(credentials: Record<string, unknown>): Promise<void> {
  const { cert } = await import("firebase-admin/app");
  try {
    cert(credentials);
  } catch (error) {
    // Its messages name the field and never quote a key.
    const detail = `firebase-admin does not take this service account: ${(error as Error).message.slice(0, 200)}`;
    throw new AppError("invalid_request", `/: ${detail}`, { errors: [{ pointer: "", detail }] });
  }
}

export async function newVapidPair(): Promise<{ publicKey: string; privateKey: string }> {
  const { default: webPush } = await import("web-push");
  return webPush.generateVAPIDKeys();
}
