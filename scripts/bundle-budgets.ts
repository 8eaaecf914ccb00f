import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle, eagerBytes } from "../lib/bundling/bundle.ts";

/** What a function loads when it starts, in KB: cold start is mostly this (facts: about 0.1 ms a KB). */
const BUDGET_KB: Record<string, number> = {
  "http/send": 450,
  "http/manage": 600,
  "http/client": 500,
  "http/public": 400,
  "http/apns-channels": 450,
  "socket/authorizer": 450,
  "socket/socket": 420,
  "queue/ingest": 450,
  "queue/plan": 450,
  "queue/dispatch-mobile-push": 450,
  "queue/dispatch-web-push": 450,
  "queue/dispatch-in-app": 450,
  "queue/dispatch-email": 450,
  "queue/dispatch-sms": 450,
  "queue/dispatch-webhook": 450,
  "logs/text-receipts": 450,
  "schedule/reconcile": 450,
  "schedule/sweep": 400,
};

const folder = mkdtempSync(join(tmpdir(), "clarion-bundles-"));
let over = 0;
try {
  for (const [entry, budgetKb] of Object.entries(BUDGET_KB)) {
    const kb = Math.round(
      eagerBytes(bundle(entry.replace("/", "-"), `functions/handlers/${entry}.ts`, folder)) / 1024,
    );
    console.log(`${kb > budgetKb ? "OVER" : "ok  "} ${entry}: ${kb} of ${budgetKb} KB`);
    if (kb > budgetKb) over++;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(over === 0 ? 0 : 1);
