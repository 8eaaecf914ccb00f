import type { LocalRoute } from "../control/routes.ts";
import type { Door } from "../door/door.ts";
import type { Fakes, Fault } from "../fakes/fakes.ts";
import { SENDING_SERVICES, VENDOR_FAKES } from "../fakes/faults.ts";
import type { Received } from "../fakes/received.ts";

const FAKES = ["apns", "fcm", "webpush", "webhook", ...VENDOR_FAKES] as const;
const PROVIDERS = [...FAKES, ...SENDING_SERVICES] as const;
type SeenProvider = (typeof PROVIDERS)[number];
const LOG_ENTRIES = 200;

/** Pages under /_local/ by which people (and curl) see and break the fake providers. */
export function fakeRoutes(fakes: Fakes, door: () => Pick<Door, "ses" | "sns">): LocalRoute[] {
  const receivedBy = (name: SeenProvider): readonly Received[] => {
    if (name === "ses") return door().ses.mails;
    return name === "sns" ? door().sns.messages : fakes[name].received;
  };
  return [
    {
      method: "POST",
      path: "/_local/faults",
      handle: ({ body }) => {
        fakes.faults.set(faultOf(body));
        return { faults: "set", forget: "DELETE /_local/faults" };
      },
    },
    {
      method: "DELETE",
      path: "/_local/faults",
      handle: () => {
        fakes.faults.clear();
        return { faults: "cleared" };
      },
    },
    {
      method: "GET",
      path: "/_local/providers/{name}/log",
      handle: ({ parameters }) => {
        const name = PROVIDERS.find((provider) => provider === parameters["name"]);
        if (name === undefined)
          throw new Error(`there is no fake provider "${parameters["name"]}": ${PROVIDERS.join(", ")}`);
        return receivedBy(name).slice(-LOG_ENTRIES);
      },
    },
  ];
}

function faultOf(body: unknown): Fault {
  const fault = body as Fault;
  if (fault === null || typeof fault !== "object" || !PROVIDERS.some((name) => name === fault.provider)) {
    throw new Error(
      `a fault names its provider: {"provider":"apns","percent":50,"status":503}; providers are ${PROVIDERS.join(", ")}`,
    );
  }
  return fault;
}
