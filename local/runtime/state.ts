/** Where a runtime keeps what survives a restart, and the clock's offset among it. */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createClock, type VirtualClock } from "../clock/virtual-clock.ts";
import type { Closers } from "./closers.ts";
import { lockState } from "./state-lock.ts";

export type StatePlaces = {
  assemblies: string;
  /** `undefined`: nothing is kept. */
  state: string | undefined;
};

type StateOptions = { stateFolder?: string; memory?: boolean; fresh?: boolean };

/** @throws StateInUseError when another runtime keeps its state there */
export function statePlaces(options: StateOptions, closers: Pick<Closers, "add">): StatePlaces {
  const folder = resolve(options.stateFolder ?? ".clarion");
  const state = join(folder, "state");
  if (options.memory !== true) closers.add(lockState(folder));
  if (options.fresh === true && options.memory !== true) rmSync(state, { recursive: true, force: true });
  if (options.memory !== true) mkdirSync(state, { recursive: true });
  return { assemblies: join(folder, "assemblies"), state: options.memory === true ? undefined : state };
}

function savedOffsetMs(file: string): number {
  if (!existsSync(file)) return 0;
  const saved = JSON.parse(readFileSync(file, "utf8")) as { offsetMs?: unknown };
  if (typeof saved.offsetMs !== "number") throw new Error(`${file} holds no offsetMs; start with --fresh`);
  return saved.offsetMs;
}

/** The offset is written at every shift, so that a killed runtime does not go back in time. */
export function openClock(state: string | undefined): VirtualClock {
  if (state === undefined) return createClock();
  const file = join(state, "clock.json");
  const clock = createClock({ offsetMs: savedOffsetMs(file) });
  clock.onShift((offsetMs) => writeFileSync(file, JSON.stringify({ offsetMs })));
  return clock;
}
