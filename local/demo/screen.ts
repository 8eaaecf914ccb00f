import type { LogLine } from "../lambda/start-slot.ts";
import type { Platform } from "./platform.ts";
import type { Demo } from "./seed.ts";

/** What a newcomer sees; the same events as lines of JSON with `--json`. */
export type Screen = {
  title(name: string, node: string): void;
  line(text: string): void;
  log(line: LogLine): void;
  trouble(text: string): void;
  running(platform: Platform, ms: number): void;
  demo(platform: Platform, demo: Demo): void;
  sending(title: string, to: string): void;
  sent(status: number, ms: number): void;
  /** Where the way of the first notification can be read. */
  trace(url: string): void;
  invitation(platform: Platform, key: string): void;
};

const dim = (text: string): string => (process.stdout.isTTY ? `\u001b[2m${text}\u001b[22m` : text);
const bold = (text: string): string => (process.stdout.isTTY ? `\u001b[1m${text}\u001b[22m` : text);
const red = (text: string): string => (process.stdout.isTTY ? `\u001b[31m${text}\u001b[39m` : text);

export function createScreen({ json }: { json: boolean }): Screen {
  const put = (text: string, event: object = { text }) =>
    process.stdout.write(json ? `${JSON.stringify({ atMs: Date.now(), ...event })}\n` : `${text}\n`);
  const row = (name: string, text: string) => put(`  ${dim(name.padEnd(10))} ${text}`, { [name]: text });
  return {
    title: (name, node) => {
      put("");
      put(`  ${bold(name)}            ${node} ✓   dependencies ✓`, { started: name, node });
    },
    line: (text) => put(text),
    log: ({ functionName, line }) =>
      put(dim(`    ${functionName}: ${line.trimEnd()}`), { functionName, line }),
    trouble: (text) => put(red(`  trouble    ${text}`), { trouble: text }),
    running: ({ runtime: { deployment, clock } }, ms) => {
      const { functions, queues, tables } = deployment;
      row(
        "running",
        `${functions.length} functions · ${queues.length} queues · ${tables.length} tables · REST · WebSocket · scheduler (${(ms / 1000).toFixed(1)} s)`,
      );
      const offset =
        clock.offsetMs === 0 ? "real time" : `${Math.round(clock.offsetMs / 1000)} s ahead of real time`;
      row("clock", `${offset} (advance it: POST /_local/clock {"advanceMs":60000})`);
      put("");
    },
    demo: (_platform, { key }) => {
      row("demo app", `demo           key ${key}`);
      row(
        "people",
        "user01 (iPhone, Pixel, Firefox, open socket) · user02 (Pixel, Firefox) · user03 (iPhone)",
      );
      put("");
    },
    sending: (title, to) =>
      put(`  → POST /v1/notifications   "${title}"    to ${to}`, { sending: title, to }),
    sent: (status, ms) =>
      put(`    ${status} in ${Math.round(ms)} ms (the first call of a function starts it)`, { status, ms }),
    trace: (url) => put(`    trace       ${url}`, { trace: url }),
    invitation: (platform, key) => invitation(row, put, platform, key),
  };
}

function invitation(
  row: (name: string, text: string) => void,
  put: (text: string) => void,
  platform: Platform,
  key: string,
): void {
  const { apiUrl, webSocketUrl } = platform.runtime;
  const host = apiUrl.replace("http://", "");
  put("");
  row("API", `${apiUrl}/v1      document  ${apiUrl}/openapi.json      health  ${apiUrl}/health`);
  row("WebSocket", `${webSocketUrl}?v=1`);
  row("admin key", platform.adminKey);
  row("try", `curl -s ${host}/v1/notifications -H 'authorization: Bearer ${key}' \\`);
  put(`               -H 'content-type: application/json' \\`);
  put(`               -d '{"to":{"users":["user02"]},"content":{"title":"Hello"}}'`);
  row("break it", `curl -s ${host}/_local/faults -d '{"provider":"fcm","percent":50,"status":503}'`);
  row("why", `curl -s ${host}/v1/notifications/<id>/recipients/user02 -H 'authorization: Bearer ${key}'`);
  row("stop", "Ctrl-C (state is kept in .clarion; --fresh forgets it)");
  put("");
}
