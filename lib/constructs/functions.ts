import type { Construct } from "constructs";
import type { RuntimeSettings } from "../../functions/names.ts";
import type { Config } from "../config/config.ts";
import { ClarionFunction } from "./function.ts";
import { inAppEnvironments } from "./queues.ts";

export type Functions = {
  send: ClarionFunction;
  manage: ClarionFunction;
  client: ClarionFunction;
  public: ClarionFunction;
  apnsChannels: ClarionFunction;
  authorizer: ClarionFunction;
  socket: ClarionFunction;
  ingest: ClarionFunction;
  receipts: ClarionFunction;
  plan: ClarionFunction;
  dispatchMobilePush: ClarionFunction;
  dispatchWebPush: ClarionFunction;
  dispatchInApp: ClarionFunction;
  dispatchEmail: ClarionFunction;
  dispatchSms: ClarionFunction;
  dispatchWebhook: ClarionFunction;
  reconcile: ClarionFunction;
  sweep: ClarionFunction;
  /** Reads SNS's delivery log, where the operator wants it. */
  textReceipts?: ClarionFunction;
};

/** Integration timeouts of API Gateway end at 29 s. */
const HTTP_TIMEOUT_S = 28;

export function makeFunctions(scope: Construct, config: Config): Functions {
  const settings = runtimeSettings(config);
  const { times, memoryMb } = config;
  const make = (
    id: string,
    entry: string,
    description: string,
    timeoutS: number,
    memory: number,
    loop = false,
  ) => {
    const common = { config, settings, recursive: loop };
    return new ClarionFunction(scope, id, { ...common, entry, description, timeoutS, memoryMb: memory });
  };
  const dispatcher = (id: string, entry: string, what: string) =>
    make(id, `queue/${entry}`, what, times.dispatcherTimeoutS, memoryMb.dispatch, true);
  const answering = (id: string, entry: string, what: string) =>
    make(id, entry, what, HTTP_TIMEOUT_S, memoryMb.http);
  return {
    send: answering("Send", "http/send", "Accepts notifications"),
    manage: answering("Manage", "http/manage", "The rest of the service side API"),
    client: answering("Client", "http/client", "Routes of end users"),
    public: make("Public", "http/public", "Health, OpenAPI, public keys, unsubscribing", 10, memoryMb.http),
    apnsChannels: answering("ApnsChannels", "http/apns-channels", "Broadcast channels at Apple"),
    authorizer: make("Authorizer", "socket/authorizer", "Judges WebSocket connects", 10, memoryMb.http),
    socket: answering("Socket", "socket/socket", "WebSocket connect, disconnect and frames"),
    ingest: make(
      "Ingest",
      "queue/ingest",
      "Fired schedules and deferred judgements",
      30,
      memoryMb.http,
      true,
    ),
    receipts: make("Receipts", "queue/receipts", "Reads what vendors posted", 30, memoryMb.http, true),
    plan: make("Plan", "queue/plan", "Decides who gets what", times.planTimeoutS, memoryMb.plan, true),
    dispatchMobilePush: dispatcher(
      "DispatchMobilePush",
      "dispatch-mobile-push",
      "Sends through APNs and FCM",
    ),
    dispatchWebPush: dispatcher(
      "DispatchWebPush",
      "dispatch-web-push",
      "Sends through push services of browsers",
    ),
    dispatchInApp: dispatcher("DispatchInApp", "dispatch-in-app", "Writes inboxes and posts to open sockets"),
    dispatchEmail: dispatcher("DispatchEmail", "dispatch-email", "Sends mails through SES"),
    dispatchSms: dispatcher("DispatchSms", "dispatch-sms", "Sends text messages through SNS"),
    dispatchWebhook: dispatcher("DispatchWebhook", "dispatch-webhook", "Posts to webhooks and chat tools"),
    reconcile: make(
      "Reconcile",
      "schedule/reconcile",
      "Finds what was accepted and forgotten",
      55,
      memoryMb.http,
    ),
    sweep: make("Sweep", "schedule/sweep", "Makes devices unseen for long inactive", 840, memoryMb.http),
    ...(config.smsDeliveryLogs && {
      textReceipts: make("TextReceipts", "logs/text-receipts", "Reads SNS's delivery log", 60, memoryMb.http),
    }),
  };
}

function runtimeSettings(config: Config): RuntimeSettings {
  const { socketPostsPerS, appRequestsPerS, addressRequestsPerS, userRequestsPerMin, recipientPerMin } =
    config.limits;
  return {
    providerDeadlineMs: config.times.providerDeadlineS * 1000,
    leaseMs: config.times.leaseS * 1000,
    sliceMs: config.times.planSliceS * 1000,
    inactiveAfterDays: config.inactiveAfterDays,
    webPushHosts: config.webPushHosts,
    limits: { appRequestsPerS, addressRequestsPerS, userRequestsPerMin, recipientPerMin },
    socketPostsPerEnvironmentS: socketPostsPerS / inAppEnvironments(config),
    traceSampleShare: config.tracing.sampleShare,
    metricsByApp: config.metrics.byApp,
    docsUrl: config.docsUrl,
  };
}
