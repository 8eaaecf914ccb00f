import { broadcast } from "./broadcast.ts";
import { webSocket } from "./websocket.ts";

/** `npm run bench -- pipeline`: from the request to the socket, and to everybody. */
export async function pipeline(): Promise<Record<string, number>> {
  return { ...(await webSocket()), ...(await broadcast()) };
}
