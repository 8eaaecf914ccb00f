import { PUBLIC_OPERATIONS } from "../../core/api/public-operations.ts";
import { AppError } from "../../core/errors/app-error.ts";
import { findApp } from "../../platform/apps.ts";
import { corsOf } from "../../platform/client-caller.ts";
import { health } from "../../platform/health.ts";
import { httpHandler } from "../../platform/http.ts";
import { countAddressRequest, rateHeaders } from "../../platform/rate-limits.ts";
import { unsubscribe } from "../../platform/unsubscribing.ts";

/** The app in `/v1/public/apps/{app}/…`. */
const appInPath = (path: string): string | undefined =>
  /^\/v1\/public\/apps\/([a-z0-9-]{1,40})\//.exec(path)?.[1];

/** Open routes: nothing secret, nothing that scans, each address within its rate. */
export const handler = httpHandler<undefined>({
  operations: PUBLIC_OPERATIONS,
  authorise: async ({ sourceIp }) => ({
    caller: undefined,
    headers: rateHeaders(await countAddressRequest(sourceIp)),
  }),
  cors: (origin, question) => corsOf(appInPath(question.path), origin, question),
  handles: {
    health: async () => ({ body: await health() }),

    async openApi() {
      // Large, and asked for by people alone: it must not weigh on every start.
      const { default: body } = await import("../../../api/openapi.json", { with: { type: "json" } });
      return { body, headers: { "Cache-Control": "public, max-age=300" } };
    },

    async vapidKey({ params: { app: id = "" } }) {
      const app = await findApp(id);
      const publicKey = app?.disabled ? undefined : app?.providers.webpush?.summary["publicKey"];
      if (publicKey === undefined)
        throw new AppError("not_found", `there is no Web Push key of an app ${id}`);
      return { body: { publicKey }, headers: { "Cache-Control": "public, max-age=60" } };
    },

    unsubscribe: async ({ params }) => {
      const { app = "", user = "", category = "", signature = "" } = params;
      await unsubscribe({ app, user, category }, signature);
      return { body: { unsubscribed: true } };
    },
  },
});
