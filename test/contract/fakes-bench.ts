import type { Provider, Target } from "../../functions/core/dispatch/provider.ts";
import type { FakeName, Faults, SendingServiceName } from "../../local/fakes/faults.ts";
import type { Received } from "../../local/fakes/received.ts";
import { type Bench, senderOf } from "./contract-subject.ts";
import type { World } from "./provider-world.ts";

type FakesOptions = {
  name: Exclude<FakeName, SendingServiceName>;
  make(app: string): Provider & { close(): void };
  target(app: string, of: string | undefined): Target;
  credential(received: Received): unknown;
} & Pick<Bench, "expiring">;

/** Told of this provider's requests alone, as they begin. */
export const watched = (faults: Faults, name: FakeName, told: () => void): (() => void) =>
  faults.watch(({ provider, stage }) => {
    if (provider === name && stage === "begun") told();
  });

/** A provider whose other end is one of the fakes. */
export function fakesBench(
  world: World & { close(): Promise<void> },
  { name, make, target, ...own }: FakesOptions,
): Bench {
  const { faults, [name]: fake } = world.fakes;
  return {
    ...own,
    make: (app) => senderOf(world.closeLater(make(app))),
    targets: (count, { app = "one", of } = {}) => Array.from({ length: count }, () => target(app, of)),
    fault: (fault, to) => faults.set({ provider: name, ...fault, ...(to && { token: to.token }) }),
    refuse: () => faults.set({ provider: name, kind: "refuse" }),
    calm() {
      faults.clear();
      fake.latencyMs = 0;
    },
    latency(ms) {
      fake.latencyMs = ms;
    },
    received: ({ token }) => fake.received.filter((entry) => entry.token === token),
    onRequest: (told) => watched(faults, name, told),
    close: () => world.close(),
  };
}
