import { AppError } from "../errors/app-error.ts";
import { CHANNELS, PROVIDERS } from "../words.ts";
import type { Switches } from "./app.ts";

export type SetSwitchPorts = {
  now(): number;
  /** Sets or clears one switch and leaves the others alone; a switch that is on keeps its time. */
  setSwitch(app: string, what: string, pausedAtMs: number | undefined): Promise<Switches>;
};

const SWITCHES: readonly string[] = ["all", ...CHANNELS, ...PROVIDERS];

/** @throws AppError not_found for a switch that does not exist */
export async function setSwitch(
  ports: SetSwitchPorts,
  app: string,
  what: string,
  paused: boolean,
): Promise<Switches> {
  if (!SWITCHES.includes(what)) {
    throw new AppError("not_found", `there is no switch "${what}"; there are ${SWITCHES.join(", ")}`);
  }
  return ports.setSwitch(app, what, paused ? ports.now() : undefined);
}
