import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { messageBody } from "../../functions/platform/queues.ts";
import { startWorld, type World } from "./harness.ts";

/** The other way round of test/compatibility: messages of the next version, met by this one during its deploy. */
let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.close());

const QUEUES = [
  "Ingest",
  "PlanHigh",
  "DispatchMobilePushHigh",
  "DispatchWebPushLow",
  "DispatchInAppNormal",
  "DispatchSmsBulk",
];

test("every worker leaves a message of a newer version waiting, as it is", async () => {
  const { sqs } = world.runtime.door;
  const body = messageBody({ v: 3, kind: "job", app: "next", shape: { nobody: "knows" } });
  const urls = QUEUES.map((name) => {
    const found = world.runtime.deployment.queues.find(
      ({ logicalId }) => logicalId.slice(0, -8) === `Queues${name}`,
    );
    assert.ok(found, name);
    return sqs.queueUrl(found.name);
  });
  for (const QueueUrl of urls)
    await sqs.sendMessage({ QueueUrl, MessageBody: body, MessageGroupId: "next#apns" });
  // Longer than twenty receives and than the visibility of each.
  await world.advance(20 * 60_000);
  const told = world.logs.filter((line) => line.includes("message of a newer version waits"));
  assert.ok(told.length >= QUEUES.length * 20, `${told.length} receives`);
  for (const [index, QueueUrl] of urls.entries()) {
    const { Attributes } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ["All"] });
    const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = Attributes ?? {};
    const hidden = Number(Attributes?.["ApproximateNumberOfMessagesDelayed"]);
    const all = Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible) + hidden;
    assert.equal(all, 1, `${QUEUES[index]}: neither lost nor doubled`);
  }
  const queues = await world.admin.ok("GET", "/v1/queues");
  assert.deepEqual(new Set(Object.values(queues["dead"] as object)), new Set([0]));
});
