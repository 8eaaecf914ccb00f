import { randomUUID } from "node:crypto";
import type { SendCall, SendMany, Target } from "../../core/dispatch/provider.ts";
import { withoutAnswer } from "../transport/reply.ts";
import { noToken } from "../vendor/access.ts";
import type { VendorRequest } from "../vendor/client.ts";
import { requestId } from "../vendor/content.ts";
import { allOf, sendMany } from "../vendor/send-many.ts";
import type { Verdict } from "../vendor/verdict.ts";
import { vivoVerdict, vivoVerdicts } from "./outcome.ts";
import { VIVO_BATCH } from "./payload.ts";
import type { VivoParts } from "./vivo.ts";

type Task = { id: string };
type Refused = { verdict: Verdict; status: number };

/** Two targets and more: the message is left with vivo once, and its task pushed to up to 1,000 at a time. */
export function listSender(parts: VivoParts, body: object): SendMany {
  const tasks = listTasks(parts, body);
  return {
    most: VIVO_BATCH,
    async send(targets, call) {
      const reused = tasks.isHeld();
      const sent = await push(parts, tasks, { targets, call });
      // A task that was good before may have run out: with a new one the message itself is judged.
      if (!reused || !sent.refused) return sent.outcomes;
      return (await push(parts, tasks, { targets, call })).outcomes;
    },
  };
}

async function push(
  parts: VivoParts,
  tasks: ListTasks,
  { targets, call }: { targets: readonly Target[]; call: SendCall },
) {
  let used: Task | undefined;
  let refused = false;
  const sender = sendMany({
    client: parts.client,
    most: VIVO_BATCH,
    access: parts.access,
    async request(to, token, deadlineMs) {
      const made = await tasks.get(token, deadlineMs);
      if ("verdict" in made) return { instead: allOf(to, made.verdict), status: made.status };
      used = made;
      return pushToList(parts, { token, task: made, to });
    },
    judge(answer, to) {
      const asked = { classOf: parts.classOf, nowMs: parts.now() };
      const { class: kind } = vivoVerdict(answer, asked);
      refused = kind === "payload";
      if (refused || kind === "config" || kind === "retry" || kind === "doubt") tasks.drop(used);
      return vivoVerdicts(answer, to, { ...asked, ...(used && { taskId: used.id }) });
    },
  });
  return { outcomes: await sender.send(targets, call), refused };
}

type Push = { token: string; task: Task; to: readonly Target[] };

const pushToList = ({ credentials }: VivoParts, { token, task, to }: Push): VendorRequest => ({
  path: "/message/pushToList",
  headers: { authToken: token },
  body: {
    json: {
      appId: Number(credentials.appId),
      regIds: to.map((target) => target.token),
      taskId: task.id,
      requestId: requestId(to),
    },
  },
});

type ListTasks = {
  isHeld(): boolean;
  /** @throws TokenError when vivo did not answer: nothing has been sent then */
  get(token: string, deadlineMs: number): Promise<Task | Refused>;
  drop(task: Task | undefined): void;
};

/** One task for all batches of a message, made by the first that needs it. */
function listTasks(parts: VivoParts, body: object): ListTasks {
  let held: Task | undefined;
  let making: Promise<Task | Refused> | undefined;
  const make = async (token: string, deadlineMs: number): Promise<Task | Refused> => {
    const made = await saveListPayload(parts, body, { token, deadlineMs });
    if ("id" in made) held = made;
    return made;
  };
  return {
    isHeld: () => held !== undefined,
    async get(token, deadlineMs) {
      if (held) return held;
      making ??= make(token, deadlineMs).finally(() => {
        making = undefined;
      });
      return making;
    },
    drop(task) {
      if (held === task) held = undefined;
    },
  };
}

async function saveListPayload(
  { client, credentials, classOf, now }: VivoParts,
  body: object,
  { token, deadlineMs }: { token: string; deadlineMs: number },
): Promise<Task | Refused> {
  const reply = await client.post(
    {
      path: "/message/saveListPayload",
      headers: { authToken: token },
      body: {
        json: { ...body, appId: Number(credentials.appId), requestId: randomUUID().replaceAll("-", "") },
      },
    },
    deadlineMs,
  );
  if (reply.kind !== "answer") throw noToken({ ...withoutAnswer(reply), kind: "retry" });
  const { status, json } = reply;
  const verdict = vivoVerdict(reply, { classOf, nowMs: now() });
  const { taskId } = json;
  if (verdict.class === "ok" && typeof taskId === "string") return { id: taskId };
  if (verdict.class === "ok") return { verdict: { class: "retry", code: "no_task" }, status };
  // Whatever an unknown code says, the message has gone to nobody.
  return { verdict: verdict.class === "doubt" ? { ...verdict, class: "retry" } : verdict, status };
}
