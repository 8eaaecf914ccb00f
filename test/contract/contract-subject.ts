import type { Outcome, OutcomeKind } from "../../functions/core/dispatch/outcome.ts";
import type { Message, Provider, Target } from "../../functions/core/dispatch/provider.ts";
import type { Fault } from "../../local/fakes/faults.ts";
import type { Received } from "../../local/fakes/received.ts";
import { message, soon } from "./provider-world.ts";

/** What the other end is told to say. */
export type Told = Pick<Fault, "status" | "reason" | "retryAfterS" | "sinceMs">;
/** What it says, what that must become, and to which sort of target where a provider has several. */
export type Row = [told: Told, expected: Partial<Outcome>, of?: string];

/** One outcome for each target, in their order, whether the provider takes one or many in a request. */
export type SendAll = (targets: readonly Target[], ms?: number) => Promise<readonly Outcome[]>;
export type Sender = { prepare(over?: Partial<Message>): Promise<SendAll> };

export const senderOf = (provider: Provider): Sender => ({
  async prepare(over) {
    const send = await provider.prepare(message(over));
    return typeof send === "function"
      ? (targets, ms) => Promise.all(targets.map((to) => send(to, soon(ms))))
      : (targets, ms) => send.send(targets, soon(ms));
  },
});

/** A provider whose access can be made to expire while it sends. */
export type Expiring = {
  sender: Sender;
  targets(count: number): Target[];
  expire(): void;
  /** Access tokens that were asked for, or signed, so far. */
  asked(): number;
};

/** A provider at work, and its other end. */
export type Bench = {
  /** A fresh environment of an app's provider. */
  make(app: string): Sender;
  /** Targets that the other end knows, each call others; of the app "one" where none is named. */
  targets(count: number, how?: { app?: string; of?: string | undefined }): Target[];
  /** How the other end misbehaves until it is calm again; towards this target alone where one is named. */
  fault(fault: Omit<Fault, "provider">, to?: Target): void;
  /** It takes no connection until it is calm again. */
  refuse(): void | Promise<void>;
  calm(): void | Promise<void>;
  /** The time that each of its answers takes. */
  latency(ms: number): void;
  /** What it was sent for this target, taken or not. */
  received(to: Target): Received[];
  /** Whose credentials a request carried, as the other end saw them. */
  credential(received: Received): unknown;
  /** Told of every request as it arrives, whatever it is for. */
  onRequest(told: () => void): () => void;
  /** Absent where no access expires. */
  expiring?(): Promise<Expiring>;
  close(): Promise<void>;
};

/** What an answer that nobody can read means, by what its status says; `endless` where the SDK waits for the end. */
export type Unreadable = {
  yes: OutcomeKind;
  no: OutcomeKind;
  endless?: { yes: OutcomeKind; no: OutcomeKind };
  of?: string;
};

/** What each point of the contract needs to know of a provider. */
export type PointData = {
  accepted: true;
  outcomes: readonly Row[];
  partialBatch: readonly Row[];
  /** `left`: what becomes of a target whose request is refused, where new access is got for the next try only. */
  authExpiry: { left?: Partial<Outcome> };
  /** `noRetryAfter`: why the other end never says when to come back. */
  throttling: { rows: readonly Row[]; noRetryAfter?: string };
  timeouts: true;
  noConnection: true;
  lostAnswer: true;
  badAnswers: readonly Unreadable[];
  payloadLimit: { over: Partial<Message>; of?: string };
  apart: true;
};
export type PointName = keyof PointData;

/** Why a point is not for this provider, in a sentence. */
export type NotApplying = { notApplying: string };

/** What a provider brings to the contract suite: every point, or why it is none of its own. */
export type ContractSubject = {
  /** The provider's folder. */
  name: string;
  /** Where one provider has two other ends. */
  title?: string;
  /** Targets that one request takes. */
  most: number;
  points: { [P in PointName]: PointData[P] | NotApplying };
  open(): Promise<Bench>;
};

/** Why a provider's subject leaves a point out; undefined: it is tried. */
export function leftOut({ points }: Pick<ContractSubject, "points">, point: PointName): string | undefined {
  const data = points[point];
  return typeof data === "object" && "notApplying" in data ? data.notApplying : undefined;
}

/** Rows of a table by what they become: throttling has a point of its own. */
export const throttledOf = (rows: readonly Row[]): Row[] =>
  rows.filter(([, { kind }]) => kind === "throttled");
export const othersOf = (rows: readonly Row[]): Row[] => rows.filter(([, { kind }]) => kind !== "throttled");

/** Rows by hand, and one for each word of the provider's own table that no hand has written, save for some. */
export function withEveryWord(
  rows: readonly Row[],
  table: readonly Row[],
  save: readonly string[] = [],
): Row[] {
  const written = new Set([...save, ...rows.map(([{ reason }]) => reason)]);
  return [...rows, ...table.filter(([{ reason }]) => !written.has(reason))];
}
