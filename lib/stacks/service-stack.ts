import { CfnOutput, Stack, type StackProps, Tags } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { CREDENTIALS_TAG } from "../../functions/names.ts";
import type { Config } from "../config/config.ts";
import { alarmRules } from "../constructs/alarm-rules.ts";
import { Alarms } from "../constructs/alarms.ts";
import { bindHttp } from "../constructs/bind-http.ts";
import { bindSchedule } from "../constructs/bind-schedule.ts";
import { bindSocket } from "../constructs/bind-socket.ts";
import { bindWorkers } from "../constructs/bind-workers.ts";
import { ClarionDashboard } from "../constructs/dashboard.ts";
import { DeliveryLogs } from "../constructs/delivery-logs.ts";
import { EventTopic } from "../constructs/event-topic.ts";
import { makeFunctions } from "../constructs/functions.ts";
import { makeQueues } from "../constructs/queues.ts";
import { ReceiptIntake } from "../constructs/receipt-intake.ts";
import { HttpApi } from "../constructs/rest-api.ts";
import { Schedules } from "../constructs/schedules.ts";
import { SocketApi } from "../constructs/web-socket-api.ts";
import type { StateStack } from "./state-stack.ts";

/** Everything that can be replaced: APIs, functions, queues, schedules, alarms. */
export class ServiceStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps & { clarion: Config; state: StateStack }) {
    super(scope, id, props);
    const { clarion: config, state } = props;
    const queues = makeQueues(this, config);
    const functions = makeFunctions(this, config);
    const ingest = { target: queues.byKey.ingest, dead: queues.dead.ingest };
    const mailEvents = new EventTopic(this, "MailEvents", { ...ingest, service: "ses.amazonaws.com" });
    const textEvents = new EventTopic(this, "TextEvents", { ...ingest, service: "sms-voice.amazonaws.com" });
    const schedules = new Schedules(this, "Schedules", { target: queues.byKey.ingest });
    const socketApi = new SocketApi(this, "SocketApi", {
      config,
      authorizer: functions.authorizer,
      socket: functions.socket,
    });
    const intake = new ReceiptIntake(this, "ReceiptIntake", {
      queue: queues.byKey.receipts,
      docsUrl: config.docsUrl,
    });
    const httpApi = new HttpApi(this, "HttpApi", {
      config,
      intake,
      functions: { ...functions, open: functions.public },
    });
    httpApi.allowLogs(socketApi.stage);
    const { credentialsKey: key } = state;
    if (key) Tags.of(key).add(CREDENTIALS_TAG, this.stackName);
    const credentials = { chosen: config.credentials, secretPrefix: this.stackName, key };
    const parts = { config, functions, queues, schedules, socketApi, httpApi, state, credentials };
    bindHttp(parts);
    bindSocket(parts);
    bindWorkers(parts);
    bindSchedule(parts);
    if (functions.textReceipts) new DeliveryLogs(this, "DeliveryLogs", { reader: functions.textReceipts });
    this.watch(config, { queues, functions, httpApi, socketApi, schedules });
    new CfnOutput(this, "ApiUrl", { value: httpApi.api.url });
    new CfnOutput(this, "WebSocketUrl", { value: socketApi.stage.url });
    new CfnOutput(this, "MailEventsTopicArn", { value: mailEvents.topic.topicArn });
    new CfnOutput(this, "TextEventsTopicArn", { value: textEvents.topic.topicArn });
    new CfnOutput(this, "AdminKeySecretName", { value: state.adminKey.secretName });
  }

  private watch(
    config: Config,
    parts: {
      queues: ReturnType<typeof makeQueues>;
      functions: ReturnType<typeof makeFunctions>;
      httpApi: HttpApi;
      socketApi: SocketApi;
      schedules: Schedules;
    },
  ): void {
    const { functions, queues } = parts;
    const { plan, ingest, reconcile, sweep } = functions;
    const { dispatchMobilePush, dispatchWebPush, dispatchInApp } = functions;
    const { dispatchEmail, dispatchSms, dispatchWebhook } = functions;
    const pushing = [dispatchMobilePush, dispatchWebPush, dispatchInApp];
    const writing = [dispatchEmail, dispatchSms, dispatchWebhook];
    const rules = alarmRules({
      config,
      workers: [plan, ingest, ...pushing, ...writing, reconcile, sweep],
      logReader: functions.textReceipts,
      restApi: parts.httpApi.api,
      socketApi: parts.socketApi.api,
      scheduleGroupName: parts.schedules.group.scheduleGroupName,
    });
    new Alarms(this, "Alarms", { config, rules });
    new ClarionDashboard(this, "Overview", { queues, docsUrl: config.docsUrl });
  }
}
