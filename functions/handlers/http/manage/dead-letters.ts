import { letterAnswer, type RedriveInput } from "../../../core/api/dead-letter-operations.ts";
import { summarise } from "../../../core/dead-letters/dead-letter.ts";
import { redrive } from "../../../core/dead-letters/redrive.ts";
import { AppError } from "../../../core/errors/app-error.ts";
import { CONSUMERS, type Consumer } from "../../../names.ts";
import { now } from "../../../platform/clients.ts";
import { lookAtDeadLetters, redrivePorts } from "../../../platform/dead-letters.ts";
import { bodyOf, type Handle } from "../../../platform/http.ts";
import { log } from "../../../platform/log.ts";
import type { Manager } from "../../../platform/manager.ts";

/** API Gateway gives an answer 29 s. */
const REDRIVE_MS = 20_000;

/** The way back of messages that were given up. */
export const deadLetterHandles: Record<string, Handle<Manager>> = {
  async getDeadLetters({ params }) {
    const letters = await lookAtDeadLetters(consumerOf(params["consumer"]));
    return { body: { letters: letters.map((letter) => letterAnswer(summarise(letter))) } };
  },

  async redriveDeadLetters(request) {
    const consumer = consumerOf(request.params["consumer"]);
    const endMs = now() + REDRIVE_MS;
    const hasTime = () => now() < endMs;
    const counts = await redrive(redrivePorts(consumer), { ...bodyOf<RedriveInput>(request), hasTime });
    log.info("dead letters redriven", { consumer, ...counts });
    return { body: counts };
  },
};

function consumerOf(name = ""): Consumer {
  const found = CONSUMERS.find((consumer) => consumer === name);
  if (found === undefined)
    throw new AppError("not_found", `there is no consumer ${name}: ${CONSUMERS.join(", ")}`);
  return found;
}
