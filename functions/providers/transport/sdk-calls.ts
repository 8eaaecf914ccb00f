import { Agent as HttpAgent } from "node:http";
import { Agent } from "node:https";
import { lettingGo } from "./kept-sockets.ts";

const MAX_SOCKETS = 50;

/** As much of an SDK's client as this needs. */
type Client = {
  middlewareStack: {
    add(
      // biome-ignore lint/suspicious/noExplicitAny: each client has types of its own for what passes through
      middleware: (next: (args: any) => Promise<any>) => (args: any) => Promise<any>,
      options: { step: "finalizeRequest"; name: string },
    ): void;
  };
};

/**
 * A client of AWS whose calls the ledger repeats, and not the client: a connection that an environment wakes up with
 * would cost an attempt, and tell of a message that may have been sent.
 */
export function sentOnce<T extends Client>(make: (options: OnceOptions) => T): T {
  // The local runtime's and LocalStack's addresses have no TLS.
  const agents = {
    httpsAgent: new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
    httpAgent: new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
  };
  const letGo = [lettingGo(agents.httpsAgent), lettingGo(agents.httpAgent)];
  const client = make({ maxAttempts: 1, requestHandler: agents });
  client.middlewareStack.add(
    (next) => (args) => {
      for (const old of letGo) old();
      return next(args);
    },
    { step: "finalizeRequest", name: "letGoOfOldConnections" },
  );
  return client;
}

export type OnceOptions = {
  maxAttempts: 1;
  requestHandler: { httpsAgent: Agent; httpAgent: HttpAgent };
};
