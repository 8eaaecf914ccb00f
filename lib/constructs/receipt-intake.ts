import { Stack } from "aws-cdk-lib";
import {
  AwsIntegration,
  type IntegrationResponse,
  type MethodOptions,
  PassthroughBehavior,
  type Resource,
} from "aws-cdk-lib/aws-apigateway";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { PROOF_HEADERS } from "../../functions/names.ts";

/** Types that vendors post, as they say or as they might; another is answered with 415. */
const MEDIA_TYPES = [
  "application/json",
  "application/x-www-form-urlencoded",
  "text/plain",
  "text/json",
  "text/html",
  "application/octet-stream",
];

/** Huawei's two versions want these four fields; the others want the status alone. */
const TAKEN = { code: "0", message: "success", errno: "0", errmsg: "success" };

/**
 * A vendor's post goes into its queue without a function between them: it is answered at once, and kept, whatever the
 * functions behind it do. Anybody may post, so that the queue holds nothing else, and the method has a rate of its own.
 */
export class ReceiptIntake extends Construct {
  private readonly role: Role;
  private readonly queue: Queue;
  private readonly docsUrl: string;

  constructor(scope: Construct, id: string, { queue, docsUrl }: { queue: Queue; docsUrl: string }) {
    super(scope, id);
    this.queue = queue;
    this.docsUrl = docsUrl;
    this.role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("apigateway.amazonaws.com"),
    });
    this.role.addToPolicy(
      new PolicyStatement({ sid: "KeepReceipts", actions: ["sqs:SendMessage"], resources: [queue.queueArn] }),
    );
  }

  /** @param resource a path with the parameters app, provider and key */
  addTo(resource: Resource): void {
    const template = sendMessage();
    const integration = new AwsIntegration({
      service: "sqs",
      path: `${Stack.of(this).account}/${this.queue.queueName}`,
      options: {
        credentialsRole: this.role,
        // Never the body as it came: it would say itself what SQS is to do.
        passthroughBehavior: PassthroughBehavior.NEVER,
        requestParameters: {
          "integration.request.header.Content-Type": "'application/x-www-form-urlencoded'",
        },
        requestTemplates: Object.fromEntries(MEDIA_TYPES.map((type) => [type, template])),
        integrationResponses: this.answers(),
      },
    });
    resource.addMethod("POST", integration, METHOD);
  }

  /**
   * By the status that SQS answers with; the first is for all that is not expected. SQS says 400 of a message that is
   * too large, and of a key that it may not use: only the first is the vendor's fault.
   */
  private answers(): IntegrationResponse[] {
    const notNow = this.problem(503, "unavailable", {
      title: "A part of the platform is throttled; nothing was accepted",
      detail: "the queue did not take the post",
    });
    const tooLarge = this.problem(413, "body_too_large", {
      title: "The body is too large",
      detail: "a post of receipts has up to 780 KB",
    });
    const which = `#if($input.body.contains("InvalidParameterValue"))${tooLarge}#else${LATER_BY_TEMPLATE}${notNow}#end`;
    return [
      { statusCode: "503", responseTemplates: as(notNow), responseParameters: { ...PROBLEM, ...LATER } },
      { selectionPattern: "200", statusCode: "200", responseTemplates: as(JSON.stringify(TAKEN)) },
      {
        selectionPattern: "400",
        statusCode: "413",
        responseTemplates: as(which),
        responseParameters: PROBLEM,
      },
    ];
  }

  private problem(status: number, code: string, said: { title: string; detail: string }): string {
    const type = `${this.docsUrl}/errors#${code}`;
    return JSON.stringify({ type, status, code, ...said, requestId: "$context.requestId" });
  }
}

const CONTENT_TYPE = "method.response.header.Content-Type";
const RETRY_AFTER = "method.response.header.Retry-After";
const METHOD: MethodOptions = {
  methodResponses: [
    { statusCode: "200" },
    { statusCode: "413", responseParameters: { [CONTENT_TYPE]: true, [RETRY_AFTER]: true } },
    { statusCode: "503", responseParameters: { [CONTENT_TYPE]: true, [RETRY_AFTER]: true } },
  ],
};

const PROBLEM = { [CONTENT_TYPE]: "'application/problem+json'" };
const LATER = { [RETRY_AFTER]: "'2'" };
const LATER_BY_TEMPLATE = `#set($context.responseOverride.status = 503)#set($context.responseOverride.header.Retry-After = "2")`;
const as = (template: string): Record<string, string> => ({ "application/json": template });

/**
 * SQS's Query protocol, written in Velocity: a VendorPostMessage (functions/core/receipt/vendor-post.ts). Senders share
 * the queue fairly by their address; names of headers come in any case.
 */
function sendMessage(): string {
  const variable = (name: string) => `$${name.replaceAll("-", "")}`;
  const cleared = PROOF_HEADERS.map((name) => `#set(${variable(name)} = "")`).join("");
  const found = PROOF_HEADERS.map(
    (name) => `#if($name.toLowerCase() == "${name}")#set(${variable(name)} = ${HEADER_MAP}.get($name))#end`,
  ).join("");
  const headers = PROOF_HEADERS.map((name) => field(name, text(variable(name)))).join(COMMA);
  const fields = [
    field("v", "2"),
    field("kind", escaped('"post"')),
    ...["app", "provider", "key"].map((name) => field(name, text(`$input.params().path.get("${name}")`))),
    field("body", text("$input.body")),
    field("headers", `${escaped("{")}${headers}${escaped("}")}`),
    field("receivedAtMs", "$context.requestTimeEpoch"),
  ];
  return [
    `Action=SendMessage${cleared}#foreach($name in ${HEADER_MAP}.keySet())${found}#end`,
    "MessageGroupId=$util.urlEncode($context.identity.sourceIp)",
    `MessageBody=${escaped("{")}${fields.join(COMMA)}${escaped("}")}`,
  ].join("&");
}

const HEADER_MAP = "$input.params().header";
const escaped = encodeURIComponent;
const COMMA = escaped(",");
const field = (name: string, value: string): string => `${escaped(`"${name}":`)}${value}`;
const text = (expression: string): string =>
  `${escaped('"')}$util.urlEncode($util.base64Encode(${expression}))${escaped('"')}`;
