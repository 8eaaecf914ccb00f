import { type Stack, Validations } from "aws-cdk-lib";

/** What the rule packs object to and we keep, each with its reason. Anything else stops the synthesis. */
export function acknowledge(state: Stack, service: Stack): void {
  for (const [stack, list] of [
    [state, STATE],
    [service, SERVICE],
  ] as const) {
    for (const { id, reason } of list) Validations.of(stack).acknowledge({ id, reason });
  }
}

type Acknowledgement = { id: string; reason: string };

const STATE: Acknowledgement[] = [];
const SERVICE: Acknowledgement[] = [];
