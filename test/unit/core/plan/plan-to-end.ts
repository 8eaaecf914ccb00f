import { planMessage } from "../../../../functions/core/notification/accept.ts";
import { planSlice } from "../../../../functions/core/plan/plan-slice.ts";
import { Killed, type PlanWorld, type planWorld } from "./world.ts";

/** Runs plan messages until none is left, each as often as it takes; a killed slice comes again. */
export async function planToEnd(setup: ReturnType<typeof planWorld>, kills: number[]): Promise<PlanWorld> {
  const { world, ports } = setup;
  const queue = [planMessage(world.header)];
  for (let guard = 0; queue.length > 0 && guard < 500; guard++) {
    const message = queue[0]!;
    world.steps = 0;
    world.dieAt = kills.shift() ?? 0;
    const sent = world.plans.length;
    try {
      const answer = await planSlice(ports, message, 0);
      if (answer.kind === "done") queue.shift();
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
    queue.push(...world.plans.slice(sent));
  }
  return world;
}
