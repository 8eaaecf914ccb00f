import { type Principal, principalName } from "./principal.ts";

/** One call at the front door, as a test of crashes sees it. */
export type WatchedCall = {
  /** The role's name, or the service's. */
  principal: string;
  /** The execution environment, where a function calls. */
  session?: string;
  service: string;
  operation: string;
  input: Record<string, unknown>;
};

export type CallWatch = {
  /** `drop`: the call is never made, because its maker is dead by now. */
  before?(call: WatchedCall): "drop" | undefined;
  /** The call is done, its answer not yet given. */
  after?(call: WatchedCall): void;
};

/** Who looks on at the front door: a worker can be killed at exactly the call that a test is about. */
export function createWatches() {
  const watches = new Set<CallWatch>();
  return {
    add(watch: CallWatch): () => void {
      watches.add(watch);
      return () => void watches.delete(watch);
    },

    async around<T>(
      principal: Principal,
      call: Omit<WatchedCall, "principal">,
      run: () => Promise<T>,
    ): Promise<T> {
      if (watches.size === 0) return run();
      const session = principal.kind === "role" ? principal.session : undefined;
      const seen: WatchedCall = { principal: principalName(principal), ...(session && { session }), ...call };
      for (const watch of watches)
        if (watch.before?.(seen) === "drop") return new Promise<T>(() => undefined);
      const result = await run();
      for (const watch of watches) watch.after?.(seen);
      return result;
    },
  };
}

export type Watches = ReturnType<typeof createWatches>;
