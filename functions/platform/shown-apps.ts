import { type AppAnswer, appAnswer, providerAnswer } from "../core/api/app-answers.ts";
import type { App, ProviderSetup } from "../core/app/app.ts";
import { receiptKey } from "./receipt-paths.ts";

/** An app as operators see it, with the paths for its vendors' receipts. */
export const shownApp = async (app: App): Promise<AppAnswer> => appAnswer(app, await receiptKey());

export const shownProvider = async (setup: ProviderSetup, of: { app: string; provider: string }) =>
  providerAnswer(setup, of, await receiptKey());
