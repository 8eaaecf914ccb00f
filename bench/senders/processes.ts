import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Cost, Order, Told } from "./child.ts";
import type { FakeOrder, FakeReport } from "./fake.ts";
import { SENDERS, type SenderName } from "./table.ts";

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Asks a child and waits for its answer; a child that dies instead is an error. */
async function ask<Answer>(child: ChildProcess, name: string, order: object): Promise<Answer> {
  const dead = new AbortController();
  const onExit = (code: number | null) => dead.abort(new Error(`${name} ended with ${code}`));
  child.once("exit", onExit);
  try {
    child.send(order);
    const [answer] = await once(child, "message", { signal: dead.signal });
    return answer as Answer;
  } catch (error) {
    throw dead.signal.aborted ? (dead.signal.reason as Error) : error;
  } finally {
    child.off("exit", onExit);
  }
}

/** A child ends when nobody is there to ask it; one that has ended already needs no telling. */
function leave(child: ChildProcess): void {
  if (child.connected) child.disconnect();
}

export type Fake = { tell(order: FakeOrder): Promise<FakeReport>; close(): void };

export function startFake(): Fake {
  const child = fork(file("fake.ts"));
  return {
    tell: (order) => ask(child, "the fake", order),
    close: () => leave(child),
  };
}

export type SenderProcess = { name: SenderName; run(jobs: number): Promise<Cost>; close(): void };

export type SenderWorld = { ports: Record<string, number>; ca: string; caFile: string };

export function startSender(name: SenderName, { ports, ca, caFile }: SenderWorld): SenderProcess {
  const redirected = "redirected" in SENDERS[name];
  const child = fork(file("child.ts"), [name], {
    execArgv: ["--expose-gc", ...(redirected ? ["--import", file("redirect.ts")] : [])],
    env: {
      ...process.env,
      BENCH_PORTS: JSON.stringify(ports),
      BENCH_CA: ca,
      NODE_EXTRA_CA_CERTS: caFile,
    },
  });
  return {
    name,
    async run(jobs) {
      const told = await ask<Told>(child, name, { jobs } satisfies Order);
      if ("failed" in told) throw new Error(`${name}: ${told.failed}`);
      return told.cost;
    },
    close: () => leave(child),
  };
}
