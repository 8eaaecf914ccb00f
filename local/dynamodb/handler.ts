import { jsonProtocol } from "../door/json-protocol.ts";
import { principalName } from "../door/principal.ts";
import type { ServiceHandler } from "../door/service.ts";
import type { Input, Place } from "../iam/demand.ts";
import { dynamodbDemands } from "../iam/dynamodb-demands.ts";
import type { Meter } from "../meter/meter.ts";
import { meterCapacity, wantsCapacity, withCapacity, withoutCapacity } from "./capacity.ts";
import type { EngineClient } from "./engine-client.ts";
import type { DynamodbFaults } from "./faults.ts";

export type DynamodbHandlerOptions = {
  engine: EngineClient;
  place: Place;
  meter: Meter;
  faults: DynamodbFaults;
};

export function dynamodbHandler({ engine, place, meter, faults }: DynamodbHandlerOptions): ServiceHandler {
  return {
    protocol: jsonProtocol({
      version: "1.0",
      target: "DynamoDB_20120810",
      namespace: "com.amazonaws.dynamodb.v20120810",
    }),
    deniedCode: "AccessDeniedException",
    demands: (operation, input) => dynamodbDemands(place, operation, input),
    async run({ operation, input, principal }) {
      const meet = await faults.before(operation, input);
      const output = await engine.call(operation, withCapacity(operation, meet.input));
      meterCapacity(meter, operation, output, principalName(principal));
      const answer: Input = meet.finish(output);
      return wantsCapacity(input) ? answer : withoutCapacity(answer);
    },
  };
}
