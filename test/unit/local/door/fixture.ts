import type { TestContext } from "node:test";
import { createClock, type VirtualClock } from "../../../../local/clock/virtual-clock.ts";
import { AwsError } from "../../../../local/door/aws-error.ts";
import type { ConnectionsBackend } from "../../../../local/door/connections.ts";
import { type Door, type DoorOptions, startDoor } from "../../../../local/door/door.ts";
import type { Deployment } from "../../../../local/template/model.ts";

export type Fixture = { door: Door; clock: VirtualClock; posted: Map<string, string> };

export function fakeConnections(posted: Map<string, string>): ConnectionsBackend {
  const requireOpen = (id: string) => {
    if (id !== "open=") throw new AwsError("GoneException", "The connection is gone.", 410);
  };
  return {
    async post(apiId, id, data) {
      requireOpen(id);
      if (data.byteLength > 131_072)
        throw new AwsError("PayloadTooLargeException", "Payload too large.", 413);
      posted.set(`${apiId}/${id}`, Buffer.from(data).toString());
    },
    async get(_apiId, id) {
      requireOpen(id);
      const at = new Date("2026-11-20T10:00:00Z");
      return { ConnectedAt: at, LastActiveAt: at, Identity: { SourceIp: "127.0.0.1", UserAgent: "test" } };
    },
    async remove(_apiId, id) {
      requireOpen(id);
    },
  };
}

/** A door over the given deployment with everything in memory, closed at the end of the test. */
export async function openDoor(
  context: TestContext,
  deployment: Deployment,
  more: Partial<DoorOptions> = {},
): Promise<Fixture> {
  const clock = more.clock ?? createClock();
  const posted = new Map<string, string>();
  const door = await startDoor({
    deployment,
    clock,
    stateFolder: ":memory:",
    connections: fakeConnections(posted),
    dynamodbUrl: "http://127.0.0.1:1",
    ...more,
  });
  context.after(async () => {
    await door.close();
    clock.close();
  });
  return { door, clock, posted };
}

export function sdkOptions(door: Door, credentials = door.adminCredentials()) {
  return { endpoint: door.url, region: "us-east-1", credentials, maxAttempts: 1 };
}
