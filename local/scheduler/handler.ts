import { AwsError } from "../door/aws-error.ts";
import type { HttpRequest } from "../door/http.ts";
import { parseJson } from "../door/json-protocol.ts";
import { encodeRestJson, encodeRestJsonError } from "../door/rest-json.ts";
import type { Protocol, ServiceHandler } from "../door/service.ts";
import type { Input, Place } from "../iam/demand.ts";
import { schedulerDemands } from "../iam/scheduler-demands.ts";
import type { Scheduler } from "./scheduler.ts";

const OPERATIONS: Record<string, string> = {
  "POST schedules/": "CreateSchedule",
  "PUT schedules/": "UpdateSchedule",
  "GET schedules/": "GetSchedule",
  "DELETE schedules/": "DeleteSchedule",
  "GET schedules": "ListSchedules",
  "POST schedule-groups/": "CreateScheduleGroup",
  "GET schedule-groups/": "GetScheduleGroup",
  "DELETE schedule-groups/": "DeleteScheduleGroup",
  "GET schedule-groups": "ListScheduleGroups",
};

/** Query parameters are spelled differently from call to call. */
const QUERY_MEMBERS: Record<string, string> = {
  ScheduleGroup: "GroupName",
  groupName: "GroupName",
  clientToken: "ClientToken",
};

function fromQuery(request: HttpRequest): Input {
  const input: Input = {};
  for (const [name, value] of request.query) input[QUERY_MEMBERS[name] ?? name] = value;
  if (typeof input["MaxResults"] === "string") input["MaxResults"] = Number(input["MaxResults"]);
  return input;
}

function decode(request: HttpRequest): { operation: string; input: Input } {
  const [, collection = "", name] = request.path.split("/");
  const operation = OPERATIONS[`${request.method} ${collection}${name ? "/" : ""}`];
  if (!operation) {
    throw new AwsError(
      "UnknownOperationException",
      `scheduler: ${request.method} ${request.path} is not served.`,
      404,
    );
  }
  const input = { ...fromQuery(request), ...parseJson(request.body) };
  return { operation, input: name ? { ...input, Name: decodeURIComponent(name) } : input };
}

const protocol: Protocol = {
  decode,
  encode: (_operation, output) => encodeRestJson(output),
  encodeError: encodeRestJsonError,
};

type Action = (input: never) => unknown;

function actionNamed(scheduler: Scheduler, operation: string): Action {
  const actions: Record<string, unknown> = scheduler;
  const known = Object.values(OPERATIONS).includes(operation);
  const action = actions[operation.charAt(0).toLowerCase() + operation.slice(1)];
  if (known && typeof action === "function") return action as Action;
  throw new AwsError(
    "UnknownOperationException",
    `scheduler:${operation} is not served by the local scheduler.`,
  );
}

export function schedulerHandler(options: { scheduler: Scheduler; place: Place }): ServiceHandler {
  const { scheduler, place } = options;
  return {
    protocol,
    deniedCode: "AccessDeniedException",
    demands(operation, input) {
      actionNamed(scheduler, operation);
      return schedulerDemands(place, operation, input);
    },
    run: async ({ operation, input }) => actionNamed(scheduler, operation)(input as never),
  };
}
