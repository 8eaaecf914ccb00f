/**
 * Loaded with `--import` before a function's bundle: the wall clock shows the virtual time, timers and
 * `performance.now()` stay real. A Proxy rather than a subclass, because `instanceof Date` must hold for both.
 */

type ClockMessage = { offsetMs?: number };

let offsetMs = Number(process.env["CLARION_CLOCK_OFFSET_MS"] ?? 0);
delete process.env["CLARION_CLOCK_OFFSET_MS"];

process.on("message", (message: ClockMessage) => {
  if (typeof message.offsetMs === "number") offsetMs = message.offsetMs;
});

const RealDate = Date;
const now = (): number => RealDate.now() + offsetMs;

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
