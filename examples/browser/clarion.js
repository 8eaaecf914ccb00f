/**
 * What a page needs of Clarion: messages over the WebSocket, and Web Push. Copy this file and change it.
 *
 * @typedef {object} Clarion
 * @property {string} api      where the API is: `https://….amazonaws.com/live`
 * @property {string} socket   where the WebSocket is: `wss://….amazonaws.com/live`
 * @property {string} app      the app's id; it must name this page's origin among its `origins`
 * @property {() => Promise<string>} token  a JWT of the signed-in user, from your own server; asked for each time
 * @property {"ticket" | "subprotocol"} [by]  how the WebSocket is told who the user is (`ticket`)
 */

/** API Gateway ends a connection that was idle for ten minutes. */
const PING_AFTER_MS = 7 * 60_000;
/** Before API Gateway ends the connection itself, and not all pages in the same second. */
const LEAVE_EARLY_MS = 60_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/**
 * Opens the WebSocket and keeps it open. What was missed meanwhile comes by itself, in order.
 *
 * @param {Clarion} clarion
 * @param {object} listener
 * @param {(message: {id: string, type: string, timestamp: number, sequence: number, data: object}) => void} listener.onMessage
 *   called once for each message; it is acknowledged when this returns, and sent again another time if it throws
 * @param {(state: "connecting" | "connected" | "waiting", problem?: string) => void} listener.onState
 * @returns {{close(): void, read(sequence: number): void}}
 *   read: the person has seen everything up to this message, and badges count it no longer
 */
export function connect(clarion, { onMessage, onState }) {
  const shown = new Set();
  let socket;
  let pingTimer;
  let leaveTimer;
  let openTimer;
  let failures = 0;
  let closed = false;

  async function open() {
    onState("connecting");
    try {
      const opened = await newSocket(clarion);
      if (closed) return opened.close();
      socket = opened;
      socket.onmessage = ({ data }) => receive(JSON.parse(data));
      socket.onclose = () => again("the connection ended");
    } catch (error) {
      again(error.message);
    }
  }

  function again(problem) {
    clearTimeout(pingTimer);
    clearTimeout(leaveTimer);
    if (closed) return;
    onState("waiting", problem);
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** failures++, LONGEST_WAIT_MS);
    openTimer = setTimeout(open, waitMs * (0.5 + Math.random() / 2));
  }

  function receive(frame) {
    if (closed) return;
    if (frame.type === "hello") return greet(frame);
    if (frame.sequence === undefined) return;
    // A message may come twice, when an answer was lost on its way.
    if (!shown.has(frame.id)) onMessage(frame);
    shown.add(frame.id);
    send({ type: "ack", sequence: frame.sequence });
  }

  function greet({ timestamp, data }) {
    failures = 0;
    onState("connected");
    pingLater();
    // Both times are the server's: this machine's clock may be wrong.
    const leftMs = data.endsAt - timestamp - LEAVE_EARLY_MS * (1 + 4 * Math.random());
    leaveTimer = setTimeout(() => socket.close(), leftMs);
  }

  function send(frame) {
    if (socket?.readyState !== WebSocket.OPEN) return;
    socket.send(JSON.stringify(frame));
    pingLater();
  }

  function pingLater() {
    clearTimeout(pingTimer);
    pingTimer = setTimeout(() => send({ type: "ping" }), PING_AFTER_MS);
  }

  void open();
  return {
    read: (sequence) => send({ type: "read", sequence }),
    close() {
      closed = true;
      clearTimeout(openTimer);
      socket?.close();
    },
  };
}

/** A token in a URL would stand in logs, so it goes as a subprotocol, or buys a ticket that is good once. */
async function newSocket(clarion) {
  if (clarion.by === "subprotocol")
    return new WebSocket(`${clarion.socket}?v=1`, ["clarion.v1", await clarion.token()]);
  const { ticket } = await call(clarion, "POST", "/v1/client/tickets");
  return new WebSocket(`${clarion.socket}?v=1&ticket=${encodeURIComponent(ticket)}`);
}

/**
 * Asks for permission and registers this browser as a device of the user. Call it from a click: browsers ignore the
 * question otherwise. Call it again at every start while `pushIsOn`, so that Clarion knows that the device lives.
 *
 * @param {Clarion} clarion
 * @param {{device: string, worker: string}} options  a name that this browser keeps, and the service worker's URL
 */
export async function turnOnPush(clarion, { device, worker }) {
  if ((await Notification.requestPermission()) !== "granted")
    throw new Error("this site may not show notifications: allow them in the browser's settings");
  await navigator.serviceWorker.register(worker);
  const { pushManager } = await navigator.serviceWorker.ready;
  const { publicKey } = await call(clarion, "GET", `/v1/public/apps/${clarion.app}/vapid-key`);
  const subscription = await subscribe(pushManager, {
    userVisibleOnly: true,
    applicationServerKey: publicKey,
  });
  const { endpoint, keys } = subscription.toJSON();
  await call(clarion, "PUT", `/v1/client/devices/${device}`, {
    platform: "web",
    tokens: [{ kind: "webpush", endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth } }],
  });
}

/** A subscription belongs to the key it was made with: after a change of the key it has to be made anew. */
async function subscribe(pushManager, options) {
  try {
    return await pushManager.subscribe(options);
  } catch (error) {
    if (error.name !== "InvalidStateError") throw error;
    await (await pushManager.getSubscription())?.unsubscribe();
    return pushManager.subscribe(options);
  }
}

export async function pushIsOn() {
  const registration = await navigator.serviceWorker.getRegistration();
  return Boolean(await registration?.pushManager.getSubscription());
}

/** At log-out: what comes for this user is not for the next one at the same screen. */
export async function turnOffPush(clarion, { device }) {
  await call(clarion, "DELETE", `/v1/client/devices/${device}`);
  const registration = await navigator.serviceWorker.getRegistration();
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
}

/** `?app=` is for the preflight, which carries no token: only the app knows which origins are its own. */
async function call({ api, app, token }, method, path, body) {
  const isPublic = path.startsWith("/v1/public/");
  const response = await fetch(isPublic ? `${api}${path}` : `${api}${path}?app=${encodeURIComponent(app)}`, {
    method,
    headers: {
      ...(!isPublic && { authorization: `Bearer ${await token()}` }),
      ...(body && { "content-type": "application/json" }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (response.ok) return text === "" ? undefined : JSON.parse(text);
  throw new Error(`${response.status}: ${text.startsWith("{") ? (JSON.parse(text).detail ?? text) : text}`);
}

/** A link to show, or nothing: `javascript:` and the like never become one. */
export function webUrl(text) {
  const url = typeof text === "string" && URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === "https:" || url?.protocol === "http:" ? url.href : undefined;
}
