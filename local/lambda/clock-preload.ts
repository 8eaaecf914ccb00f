/**
 * Loaded with `--import` before a function's bundle: the wall clock shows the virtual time, timers and
 * `performance.now()` stay real. A Proxy rather than a subclass, because `instanceof Date` must hold for both.
 */

import { openSync, readSync } from "node:fs";

type ClockMessage = { offsetMs?: number };

let offsetMs = Number(process.env["CLARION_CLOCK_OFFSET_MS"] ?? 0);
delete process.env["CLARION_CLOCK_OFFSET_MS"];

process.on("message", (message: ClockMessage) => {
  if (typeof message.offsetMs === "number") offsetMs = message.offsetMs;
});

/** A process that was stopped wakes with a machine's right time, not with the one it fell asleep with. */
const ASLEEP_MS = 50;
const clockFile = process.env["CLARION_CLOCK_FILE"];
delete process.env["CLARION_CLOCK_FILE"];
const file = clockFile === undefined ? undefined : openSync(clockFile, "r");
const held = new Float64Array(1);
let lookedMs = performance.now();

/** The message with the new offset waits in line behind what came while the process was stopped: so this looks. */
function lookAfterSleep(): void {
  const realMs = performance.now();
  if (file !== undefined && realMs - lookedMs > ASLEEP_MS && readSync(file, held, 0, 8, 0) === 8)
    offsetMs = held[0]!;
  lookedMs = realMs;
}

const RealDate = Date;
const now = (): number => {
  lookAfterSleep();
  return RealDate.now() + offsetMs;
};

globalThis.Date = new Proxy(RealDate, {
  construct(target, given, newTarget) {
    return Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget);
  },
  apply: () => new RealDate(now()).toString(),
  get(target, property, receiver) {
    return property === "now" ? now : Reflect.get(target, property, receiver);
  },
});

const { prototype } = Intl.DateTimeFormat;
const formatGetter = Object.getOwnPropertyDescriptor(prototype, "format")?.get;
const { formatToParts } = prototype;

Object.defineProperty(prototype, "format", {
  configurable: true,
  get(this: Intl.DateTimeFormat) {
    const format = formatGetter?.call(this) as Intl.DateTimeFormat["format"];
    return (date?: Date | number) => format(date ?? now());
  },
});

prototype.formatToParts = function withVirtualNow(this: Intl.DateTimeFormat, date?: Date | number) {
  return formatToParts.call(this, date ?? now());
};
