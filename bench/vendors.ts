import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VENDOR_CREDENTIALS } from "../functions/core/credentials/vendors.ts";
import type { Message, Provider, SendMany, Target } from "../functions/core/dispatch/provider.ts";
import { egress } from "../functions/platform/egress.ts";
import { getuiProvider } from "../functions/providers/getui/getui.ts";
import { hmsProvider } from "../functions/providers/hms/hms.ts";
import { honorProvider } from "../functions/providers/honor/honor.ts";
import { jpushProvider } from "../functions/providers/jpush/jpush.ts";
import { meizuProvider } from "../functions/providers/meizu/meizu.ts";
import { miProvider } from "../functions/providers/mi/mi.ts";
import { oppoProvider } from "../functions/providers/oppo/oppo.ts";
import { umengProvider } from "../functions/providers/umeng/umeng.ts";
import type { VendorOptions } from "../functions/providers/vendor/options.ts";
import { vivoProvider } from "../functions/providers/vivo/vivo.ts";
import { VENDOR_TOKENS, vendorCredentials } from "../local/demo/vendors.ts";
import { type Fakes, startFakes } from "../local/fakes/fakes.ts";
import { VENDOR_FAKES, type VendorFakeName } from "../local/fakes/faults.ts";

const JOBS = 50;
/** What 60 KB of a message hold of such tokens. */
const TARGETS_PER_JOB = 400;
const JOBS_AT_ONCE = 4;
const DEADLINE_MS = 30_000;

type Closable = Provider<SendMany> & { close(): void };
/** The credentials were parsed by the provider's own schema: each maker is given its own. */
type Maker = (options: VendorOptions<never>) => Closable;

const MAKERS: Record<VendorFakeName, Maker> = {
  hms: hmsProvider,
  honor: honorProvider,
  mi: miProvider,
  oppo: oppoProvider,
  vivo: vivoProvider,
  meizu: meizuProvider,
  jpush: jpushProvider,
  getui: getuiProvider,
  umeng: umengProvider,
};

/** Targets a second, and requests per thousand of them, of each vendor's sender against its fake. */
export async function vendorFigures(): Promise<Record<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), "clarion-bench-"));
  const fakes = await startFakes({ folder });
  try {
    const figures: Record<string, number> = {};
    for (const name of VENDOR_FAKES) Object.assign(figures, await measure(name, fakes));
    return figures;
  } finally {
    await fakes.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function make(name: VendorFakeName, fakes: Fakes): Closable {
  const credentials = VENDOR_CREDENTIALS[name].parse(vendorCredentials("bench")[name]);
  fakes[name].trust(credentials);
  return MAKERS[name]({
    app: "bench",
    credentials: credentials as never,
    open: egress({ overrides: fakes.egress, ca: readFileSync(fakes.caFile, "utf8") }),
    tokens: { get: async () => undefined, put: async () => true },
    now: Date.now,
  });
}

/** @throws Error when a target was not accepted */
async function measure(name: VendorFakeName, fakes: Fakes): Promise<Record<string, number>> {
  const provider = make(name, fakes);
  try {
    const send = await provider.prepare(message());
    await sendJob(send, targetsOf(name, 0));
    const [before, startMs] = [fakes[name].requests(), performance.now()];
    let next = 1;
    const worker = async () => {
      while (next <= JOBS) await sendJob(send, targetsOf(name, next++));
    };
    await Promise.all(Array.from({ length: JOBS_AT_ONCE }, worker));
    const seconds = (performance.now() - startMs) / 1_000;
    const targets = JOBS * TARGETS_PER_JOB;
    return {
      [`${name}_targets_per_s`]: Math.round(targets / seconds),
      [`${name}_requests_per_1000`]: Number(
        (((fakes[name].requests() - before) / targets) * 1_000).toFixed(2),
      ),
    };
  } finally {
    provider.close();
  }
}

async function sendJob(send: SendMany, targets: readonly Target[]): Promise<void> {
  for (let at = 0; at < targets.length; at += send.most) {
    const some = targets.slice(at, at + send.most);
    const outcomes = await send.send(some, { deadlineMs: Date.now() + DEADLINE_MS });
    const other = outcomes.find(({ kind }) => kind !== "accepted");
    if (other) throw new Error(`a target was not accepted: ${JSON.stringify(other)}`);
  }
}

const targetsOf = (name: VendorFakeName, job: number): Target[] =>
  Array.from({ length: TARGETS_PER_JOB }, (_, n) => ({
    user: `u${n}`,
    device: "d",
    kind: name,
    token: VENDOR_TOKENS[name](job * TARGETS_PER_JOB + n),
    messageId: randomUUID(),
  }));

const message = (): Message => ({
  app: "bench",
  notificationId: "bench",
  content: { title: "Your order has shipped", body: "It arrives tomorrow", data: { order: "1701" } },
  category: "transactional",
  priority: "normal",
  createdAtMs: Date.now(),
  expiresAtMs: Date.now() + 3_600_000,
  ttlS: 3_600,
});
