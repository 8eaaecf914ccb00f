import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { clientToken } from "./demo/client-token.ts";
import { type Platform, startPlatform } from "./demo/platform.ts";
import { createScreen, type Screen } from "./demo/screen.ts";
import { DEMO_APP, type Demo, seedDemo } from "./demo/seed.ts";
import { connectSocket } from "./demo/socket-client.ts";
import { createTimeline, type Timeline } from "./demo/timeline.ts";
import { EngineEndedError } from "./dynamodb/engine-process.ts";
import { PortTakenError } from "./gateway/server.ts";
import { diskTrouble } from "./runtime/disk-trouble.ts";
import { StateInUseError } from "./runtime/state-lock.ts";

const HELP = `npm start -- [options]
  --port N     port of the API and the WebSocket (4010)
  --state DIR  keeps tables, queues and certificates there (.clarion)
  --fresh      forgets tables, queues, schedules and the clock of earlier runs
  --watch      runs the sources of functions/ and takes changes up
  --no-demo    starts the platform alone: no app, no people, no first notification
  --json       prints events as lines of JSON
  --verbose    prints every line that functions log
`;

const FIRST_TIMEOUT_MS = 15_000;

type Flags = {
  port: number;
  state: string;
  fresh: boolean;
  watch: boolean;
  demo: boolean;
  json: boolean;
  verbose: boolean;
};

function readFlags(): Flags {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "4010" },
      state: { type: "string", default: ".clarion" },
      fresh: { type: "boolean", default: false },
      watch: { type: "boolean", default: false },
      demo: { type: "boolean", default: true },
      json: { type: "boolean", default: false },
      verbose: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
    allowNegative: true,
  });
  if (values.help) {
    process.stdout.write(HELP);
    process.exit(0);
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`--port ${values.port}: is no port number`);
  return { ...values, port };
}

async function start(flags: Flags, screen: Screen): Promise<void> {
  const startedMs = performance.now();
  screen.title(`clarion · local`, `Node ${process.versions.node.split(".")[0]}`);
  let timeline: Timeline | undefined;
  let platform: Platform | undefined;
  platform = await startPlatform({
    port: flags.port,
    stateFolder: flags.state,
    fresh: flags.fresh,
    watch: flags.watch,
    onLog: (line) => {
      if (flags.verbose) screen.log(line);
      timeline?.add(line);
    },
    onTrouble: (text) => {
      // Ctrl-C reaches the whole process group: what ends then was told to.
      if (!stopping) screen.trouble(text);
    },
    onFatal: (text) => void giveUp(text, flags, platform),
  });
  stopOnSignals(platform, screen);
  const { runtime } = platform;
  timeline = createTimeline(screen.line, () => runtime.meter, runtime.clock.now);
  screen.running(platform, performance.now() - startedMs);
  const demo = flags.demo ? await runDemo(platform, screen, timeline, flags.state) : undefined;
  screen.invitation(platform, demo?.key ?? platform.adminKey);
}

const FIRST_NOTIFICATION = {
  to: { users: ["user01"] },
  channels: ["inApp", "mobilePush", "webPush"],
  content: {
    title: "Your order has shipped",
    body: "It arrives on Friday.",
    url: "https://shop.example/orders/1",
  },
};

/** Seeds the demo, opens user01's socket and sends the first notification. */
async function runDemo(platform: Platform, screen: Screen, timeline: Timeline, state: string): Promise<Demo> {
  const { runtime } = platform;
  const demo = await seedDemo(platform, join(state, "demo.json"));
  await connectSocket({
    url: runtime.webSocketUrl,
    token: clientToken(DEMO_APP, "user01", demo.jwtSecret, runtime.clock.now()),
    query: { device: "laptop", platform: "desktop" },
  });
  screen.demo(platform, demo);
  screen.sending("Your order has shipped", "user01");
  const trace = randomBytes(16).toString("hex");
  // The flag 01 asks for the spans of this trace, whatever share of the others is told.
  const headers = { traceparent: `00-${trace}-${randomBytes(8).toString("hex")}-01` };
  const { status, body, ms } = await demo.api.call("POST", "/v1/notifications", FIRST_NOTIFICATION, headers);
  screen.sent(status, ms);
  const late = AbortSignal.timeout(FIRST_TIMEOUT_MS);
  await Promise.race([
    timeline.completed(String(body["id"])),
    new Promise((resolve) => late.addEventListener("abort", resolve, { once: true })),
  ]);
  if (late.aborted)
    screen.trouble(`the first notification was not completed within ${FIRST_TIMEOUT_MS / 1000} s`);
  screen.trace(`${runtime.apiUrl}/_local/traces/${trace}`);
  return demo;
}

let stopping = false;

function stopOnSignals(platform: Platform, screen: Screen): void {
  const stop = async () => {
    if (stopping) process.exit(130);
    stopping = true;
    screen.line("  stopping …");
    await platform.close();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop());
}

const CLOSE_LIMIT_MS = 5_000;

const advice = (state: string) =>
  `Nothing goes on without it. What was answered is kept in ${state}: see that there is room on its disk and that ` +
  "it may be written, then npm start again. --fresh begins anew.";

/** Ends with a message and not with a stack: neither a lost engine nor a full disk is a bug of this program. */
async function giveUp(text: string, { state }: Flags, platform: Platform | undefined): Promise<void> {
  if (stopping) return;
  stopping = true;
  console.error(`clarion: ${text.trim()}\n${advice(state)}`);
  // Closing writes as well, and may fail for the same reason.
  const closed = platform?.close().catch(() => undefined);
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, CLOSE_LIMIT_MS))]);
  process.exit(1);
}

let state = "";
try {
  const flags = readFlags();
  state = flags.state;
  await start(flags, createScreen(flags));
} catch (error) {
  const disk = error instanceof EngineEndedError ? error.message.trim() : diskTrouble(error);
  const known =
    error instanceof PortTakenError ||
    error instanceof StateInUseError ||
    (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS");
  if (disk !== undefined) console.error(`clarion: ${disk}\n${advice(state)}`);
  else console.error(`clarion: ${known ? (error as Error).message : ((error as Error).stack ?? error)}`);
  process.exit(1);
}
