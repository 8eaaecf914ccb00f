import { type AddressInfo, createServer, type Server } from "node:net";

/** Ports of this machine on which nobody may ever knock. */
export type Canary = {
  ports: readonly number[];
  /** Every connection so far, as address and port. */
  hits: string[];
  close(): Promise<void>;
};

/** Well-known ports are watched where the machine lets a test have them: an attack needs no odd port to do harm. */
const WELL_KNOWN = [80, 443];
const NOT_OURS = ["EACCES", "EADDRINUSE", "EADDRNOTAVAIL"];

/** Three free ports of 127.0.0.1, one of ::1, and 80 and 443 where they can be had. */
export async function startCanary(): Promise<Canary> {
  const hits: string[] = [];
  const places: [string, number][] = [
    ...[0, 0, 0, ...WELL_KNOWN].map((port): [string, number] => ["127.0.0.1", port]),
    ["::1", 0],
  ];
  const asked = await Promise.all(places.map(([host, port]) => listener(host, port, hits)));
  const servers = asked.filter((server) => server !== undefined);
  return {
    ports: servers.map((server) => (server.address() as AddressInfo).port),
    hits,
    close: async () => {
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

function listener(host: string, port: number, hits: string[]): Promise<Server | undefined> {
  const server = createServer((socket) => {
    hits.push(`${host}:${socket.localPort}`);
    socket.destroy();
  });
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      NOT_OURS.includes(error.code ?? "") ? resolve(undefined) : reject(error),
    );
    server.listen(port, host, () => resolve(server));
  });
}
