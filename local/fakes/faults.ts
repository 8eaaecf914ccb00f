/** Vendors that take many targets in one request (vendors.ts has their shapes). */
export const VENDOR_FAKES = [
  "hms",
  "meizu",
  "honor",
  "jpush",
  "mi",
  "getui",
  "oppo",
  "umeng",
  "vivo",
] as const;
export type VendorFakeName = (typeof VENDOR_FAKES)[number];
/** Services of AWS behind the front door that send to people; `token` of a fault is an address or a number. */
export const SENDING_SERVICES = ["ses", "sns"] as const;
export type SendingServiceName = (typeof SENDING_SERVICES)[number];
export type FakeName = "apns" | "fcm" | "webpush" | "webhook" | VendorFakeName | SendingServiceName;

/** How a fake provider misbehaves; conditions are joined by "and", the first fault that fits is taken. */
export type Fault = {
  provider: FakeName;
  /** Only for this token or endpoint. */
  token?: string;
  /** Only for this share of the requests. */
  percent?: number;
  /** Only so many times. */
  times?: number;
  /** Only for so long, or until then, on the platform's clock. */
  forMs?: number;
  untilMs?: number;
  /** An answer: status and the provider's reason. */
  status?: number;
  reason?: string;
  retryAfterS?: number;
  /** 410 of APNs: since when, ms. */
  sinceMs?: number;
  /**
   * goaway: the session is told to end, the request is not processed; reset: the stream is; drop: the socket;
   * silent: nothing is processed and nothing answered;
   * slow: the answer takes `delayMs`; loseAnswer: the request counts, the answer never comes; refuse: no connection;
   * garbage: an answer that is no JSON; huge: an answer of 10 MB; endless: one that never stops.
   */
  kind?:
    | "status"
    | "goaway"
    | "reset"
    | "drop"
    | "silent"
    | "slow"
    | "loseAnswer"
    | "refuse"
    | "garbage"
    | "huge"
    | "endless";
  delayMs?: number;
};

/** How far a request is: its headers are here, its body is, it is about to be answered. */
export type Stage = "begun" | "arrived";
export type Arrival = {
  provider: FakeName;
  stage: Stage;
  path: string;
  headers: Record<string, string | string[] | undefined>;
};

export type Faults = {
  /** Looks on at every request; the answer ends it. */
  watch(watch: (arrival: Arrival) => void): () => void;
  told(arrival: Arrival): void;
  set(fault: Fault): void;
  clear(provider?: FakeName): void;
  /** The fault that this request runs into, counted as one of its times. */
  take(provider: FakeName, token: string): Fault | undefined;
  /** The fault that this token runs into among those that name it: a request for many tokens asks for each. */
  takeOwn(provider: FakeName, token: string): Fault | undefined;
  /** Whether the provider refuses connections now. */
  refuses(provider: FakeName): boolean;
};

export function createFaults(now: () => number): Faults {
  let active: (Fault & { left: number })[] = [];
  const watches = new Set<(arrival: Arrival) => void>();
  const holds = (fault: Fault & { left: number }) =>
    fault.left > 0 && now() < (fault.untilMs ?? Number.POSITIVE_INFINITY);
  const take = (provider: FakeName, fits: (fault: Fault) => boolean) => {
    active = active.filter(holds);
    const found = active.find(
      (fault) =>
        fault.provider === provider &&
        fault.kind !== "refuse" &&
        fits(fault) &&
        Math.random() * 100 < (fault.percent ?? 100),
    );
    if (found) found.left--;
    return found;
  };
  return {
    watch(watch) {
      watches.add(watch);
      return () => void watches.delete(watch);
    },
    told(arrival) {
      for (const watch of watches) watch(arrival);
    },
    set(fault) {
      const untilMs = fault.forMs === undefined ? fault.untilMs : now() + fault.forMs;
      active.push({
        ...fault,
        ...(untilMs !== undefined && { untilMs }),
        left: fault.times ?? Number.POSITIVE_INFINITY,
      });
    },
    clear(provider) {
      active = provider === undefined ? [] : active.filter((fault) => fault.provider !== provider);
    },
    take: (provider, token) => take(provider, (fault) => fault.token === undefined || fault.token === token),
    takeOwn: (provider, token) => take(provider, (fault) => fault.token === token),
    refuses: (provider) =>
      active.some((fault) => fault.provider === provider && fault.kind === "refuse" && holds(fault)),
  };
}
