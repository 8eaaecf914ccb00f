import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { VirtualClock } from "../clock/virtual-clock.ts";
import { createEngineClient, type EngineClient } from "../dynamodb/engine-client.ts";
import { createDynamodbFaults, type DynamodbFaults } from "../dynamodb/faults.ts";
import { dynamodbHandler } from "../dynamodb/handler.ts";
import { createFaults, type Faults } from "../fakes/faults.ts";
import { connectionsDemands } from "../iam/connections-demands.ts";
import { createCoverage, type StatementCoverage } from "../iam/coverage.ts";
import type { Place } from "../iam/demand.ts";
import { kmsHandler } from "../kms/handler.ts";
import { createKms, type Kms } from "../kms/kms.ts";
import { logsHandler } from "../logs/handler.ts";
import { createMeter, type Meter } from "../meter/meter.ts";
import { diskTrouble } from "../runtime/disk-trouble.ts";
import { schedulerHandler } from "../scheduler/handler.ts";
import { createScheduler, type Scheduler } from "../scheduler/scheduler.ts";
import { secretsHandler } from "../secrets/handler.ts";
import { createSecrets, type Secrets } from "../secrets/secrets.ts";
import { serviceQuotasHandler } from "../service-quotas/handler.ts";
import { sesHandler } from "../ses/handler.ts";
import { createSes, type Ses } from "../ses/ses.ts";
import { smsVoiceHandler } from "../sms-voice/handler.ts";
import { snsHandler } from "../sns/handler.ts";
import { createSns, type Sns } from "../sns/sns.ts";
import { sqsHandler } from "../sqs/handler.ts";
import { createSqs, type Sqs } from "../sqs/sqs.ts";
import type { Deployment } from "../template/model.ts";
import { AwsError } from "./aws-error.ts";
import { type ConnectionsBackend, connectionsProtocol, runConnections } from "./connections.ts";
import { createGate, type Denial } from "./gate.ts";
import { type CredentialBook, type Credentials, createCredentialBook, type Principal } from "./principal.ts";
import { type Answer, startServer } from "./server.ts";
import type { ServiceHandler } from "./service.ts";
import { verifySignature } from "./signature.ts";
import { type CallWatch, createWatches, type Watches } from "./watch.ts";

export type DoorOptions = {
  deployment: Deployment;
  clock: VirtualClock;
  /** Where queues, secrets and schedules are kept; `:memory:` keeps nothing. */
  stateFolder: string;
  connections: ConnectionsBackend;
  dynamodbUrl: string;
  onDenied?: (denial: Denial) => void;
  /** A call failed because the disk takes nothing more; the reason is a sentence to show. */
  onDiskTrouble?: (reason: string) => void;
  /** How SES and SNS misbehave, where somebody else tells them as well. */
  providerFaults?: Faults;
  /** More services, by the name in their credential scope. */
  services?: Record<string, ServiceHandler>;
  random?: () => number;
};

export type Call = (
  principal: Principal,
  service: string,
  operation: string,
  input: object,
  options?: { signal?: AbortSignal },
) => Promise<unknown>;

export type DoorFaults = {
  dynamodb: DynamodbFaults;
  sqs: Sqs["faults"];
  scheduler: Scheduler["faults"];
  /** Of `ses` and `sns`. */
  providers: Faults;
};

export type Door = {
  url: string;
  credentialsFor: CredentialBook["forRole"];
  adminCredentials(): Credentials;
  /** The path of an HTTP call without HTTP: IAM, meter, faults. */
  call: Call;
  meter: Meter;
  coverage(): StatementCoverage[];
  /** Takes one statement out of its role; the answer puts it back. For tests of what happens without it. */
  dropStatement(statementId: string): () => void;
  faults: DoorFaults;
  /** Looks on at every call; the answer ends it. */
  watch(watch: CallWatch): () => void;
  /** For pages and quiet checks; calls go through `call`. */
  sqs: Sqs;
  /** What was sent: mails and text messages. */
  ses: Ses;
  sns: Sns;
  close(): Promise<void>;
};

type Services = Record<string, ServiceHandler>;

function serviceNamed(services: Services, name: string): ServiceHandler {
  const service = services[name];
  if (service) return service;
  throw new AwsError(
    "UnknownServiceException",
    `The AWS service "${name}" is not served by the local front door; it serves ${Object.keys(services).join(", ")}.`,
    404,
  );
}

function createAnswer(services: Services, book: CredentialBook, call: Call): Answer {
  return async (request, gone) => {
    const scope = verifySignature(request, book.secretOf);
    const { protocol } = serviceNamed(services, scope.service);
    try {
      const { operation, input } = protocol.decode(request);
      const principal = book.principalOf(scope.accessKeyId);
      return protocol.encode(
        operation,
        await call(principal, scope.service, operation, input, { signal: gone }),
      );
    } catch (error) {
      if (error instanceof AwsError) return protocol.encodeError(error);
      throw error;
    }
  };
}

function stateFile(folder: string, name: string): string {
  if (folder === ":memory:") return folder;
  mkdirSync(folder, { recursive: true });
  return join(folder, name);
}

type Backends = {
  sqs: Sqs;
  secrets: Secrets;
  kms: Kms;
  dynamodb: DynamodbFaults;
  engine: EngineClient;
  ses: Ses;
  sns: Sns;
  providerFaults: Faults;
};

function openBackends(options: DoorOptions, place: Place, baseUrl: () => string): Backends {
  const { deployment, clock, stateFolder, random = Math.random } = options;
  const { providerFaults = createFaults(clock.now) } = options;
  const sending = { faults: providerFaults, now: clock.now };
  return {
    sqs: createSqs({
      file: stateFile(stateFolder, "queues.sqlite"),
      clock,
      queues: deployment.queues,
      baseUrl,
      account: deployment.account,
      random,
    }),
    secrets: createSecrets({
      file: stateFile(stateFolder, "secrets.sqlite"),
      clock,
      place,
      secrets: deployment.secrets,
    }),
    kms: createKms({
      file: stateFile(stateFolder, "kms.sqlite"),
      keys: deployment.keys,
      place,
      now: clock.now,
    }),
    dynamodb: createDynamodbFaults({ tables: deployment.tables, clock, random }),
    engine: createEngineClient(options.dynamodbUrl),
    ses: createSes(sending),
    sns: createSns(sending),
    providerFaults,
  };
}

function openServices(options: DoorOptions, backends: Backends, place: Place, meter: Meter): Services {
  const { sqs, secrets, kms, dynamodb, engine, ses, sns } = backends;
  return {
    dynamodb: dynamodbHandler({ engine, place, meter, faults: dynamodb }),
    sqs: sqsHandler({ sqs, queues: options.deployment.queues, place, meter }),
    secretsmanager: secretsHandler({ secrets, place, meter }),
    kms: kmsHandler({ kms, place, meter }),
    "execute-api": {
      protocol: connectionsProtocol,
      deniedCode: "ForbiddenException",
      demands: (operation, input) => connectionsDemands(place, operation, input),
      run: (call) => runConnections(options.connections, meter, call),
    },
    logs: logsHandler(place),
    ses: sesHandler({ ses, place, meter }),
    sns: snsHandler({ sns, meter }),
    "sms-voice": smsVoiceHandler({ sns, place, meter }),
    servicequotas: serviceQuotasHandler({ sns }),
    ...options.services,
  };
}

function createCall(
  services: Services,
  gate: ReturnType<typeof createGate>,
  watches: Watches,
  onDiskTrouble: DoorOptions["onDiskTrouble"],
): Call {
  return async (principal, serviceName, operation, input, { signal } = {}) => {
    const service = serviceNamed(services, serviceName);
    const body = input as Record<string, unknown>;
    gate.check(principal, service.demands(operation, body), service.deniedCode);
    const run = async () => {
      try {
        return await service.run({ principal, operation, input: body, ...(signal && { signal }) });
      } catch (error) {
        const trouble = diskTrouble(error);
        if (trouble !== undefined) onDiskTrouble?.(trouble);
        throw error;
      }
    };
    return watches.around(principal, { service: serviceName, operation, input: body }, run);
  };
}

export async function startDoor(options: DoorOptions): Promise<Door> {
  const { deployment, clock, onDenied } = options;
  const place = { region: deployment.region, account: deployment.account };
  const meter = createMeter();
  const coverage = createCoverage(deployment.roles);
  const book = createCredentialBook(deployment.roles);
  let url = "";
  const backends = openBackends(options, place, () => url);
  const services = openServices(options, backends, place, meter);
  const gate = createGate({ deployment, coverage, ...(onDenied && { onDenied }) });
  const watches = createWatches();
  const call = createCall(services, gate, watches, options.onDiskTrouble);
  const server = await startServer(createAnswer(services, book, call), clock);
  url = server.url;
  const scheduler = createScheduler({
    file: stateFile(options.stateFolder, "schedules.sqlite"),
    clock,
    deployment,
    call,
    queueUrl: backends.sqs.queueUrl,
    meter,
  });
  services["scheduler"] ??= schedulerHandler({ scheduler, place });
  return {
    url,
    credentialsFor: book.forRole,
    adminCredentials: book.admin,
    call,
    meter,
    coverage: coverage.report,
    dropStatement: gate.drop,
    watch: watches.add,
    faults: {
      dynamodb: backends.dynamodb,
      sqs: backends.sqs.faults,
      scheduler: scheduler.faults,
      providers: backends.providerFaults,
    },
    sqs: backends.sqs,
    ses: backends.ses,
    sns: backends.sns,
    async close() {
      await server.close();
      scheduler.close();
      backends.sqs.close();
      backends.secrets.close();
      backends.kms.close();
      backends.engine.close();
    },
  };
}
