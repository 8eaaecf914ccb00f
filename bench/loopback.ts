import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

export type Loopback = {
  url: string;
  /** How many requests have come so far. */
  requests(): number;
  close(): void;
};

/** An HTTP server on this machine, in place of a service of AWS. */
export async function startLoopback(answer: RequestListener): Promise<Loopback> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
