import { randomBytes } from "node:crypto";
import type { FakeName, Fault } from "./faults.ts";
import { createLog, type Received } from "./received.ts";
import { type FakeAnswer, type FakeOptions, type FakeRequest, startSecureServer } from "./secure-server.ts";

/** A fake of a vendor that takes many tokens in one request. */
export type FakeVendor = {
  /** One entry for each token of each request that was understood. */
  received: Received[];
  latencyMs: number;
  /** Requests that sent something, whatever came of it. */
  requests(): number;
  /** How many access tokens were asked for. */
  tokensIssued(): number;
  /** Takes an app's credentials for good ones. */
  trust(credentials: VendorTrust): void;
  /** Forgets the access tokens it has handed out, or that were signed: they have expired before their time. */
  expireTokens(): void;
  port: number;
  close(): Promise<void>;
};

/** The credentials as an operator enters them (functions/core/credentials/vendors.ts). */
export type VendorTrust = Record<string, unknown>;

export type VendorState = {
  trusted: VendorTrust[];
  now(): number;
  /** Hands out an access token for these credentials. */
  issue(to: VendorTrust, lifeMs: number): string;
  /** Whose access token this is, while it lives. */
  holder(token: string): VendorTrust | undefined;
  /** Tokens that an app signs for itself are no longer taken, if they are older. */
  expiredAtMs(): number;
};

/** What became of one token: the vendor's code, or undefined where it was taken. */
export type TokenResult = { token: string; code: string | undefined };

/**
 * What was sent: the tokens it goes to, and the payload as the phone would see it; `by` is whose it is, where no header
 * tells.
 */
export type VendorMessage = { tokens: string[]; payload: unknown; by?: string | undefined };

export type VendorShape = {
  name: FakeName;
  /** A request that sends nothing: for an access token, or with a text that is sent later. Faults do not hit it. */
  isOther?(request: FakeRequest): boolean;
  other?(request: FakeRequest, state: VendorState): FakeAnswer;
  /** Checks a request as the vendor does. */
  read(request: FakeRequest, state: VendorState): VendorMessage | { refused: FakeAnswer };
  /** The answer for tokens, each taken or not. */
  answer(results: readonly TokenResult[], message: VendorMessage): FakeAnswer;
  /** The vendor's refusal of a whole request, as a test tells it: HTTP status and code. */
  refusal(status: number, code: string | undefined): FakeAnswer;
};

/** Stands for all tokens of a request: faults that name no token hit the request as a whole. */
const WHOLE = "";

export async function startFakeVendor(
  shape: VendorShape,
  options: Pick<FakeOptions, "certificates" | "faults"> & { now(): number },
): Promise<FakeVendor> {
  const log = createLog();
  const { state, ...books } = bookkeeping(options.now);
  const fake = { latencyMs: 0 };
  let requests = 0;
  const server = await startSecureServer({
    ...options,
    name: shape.name,
    maxConcurrentStreams: 100,
    tokenOf: (request) => (shape.isOther?.(request) ? undefined : WHOLE),
    latencyMs: () => fake.latencyMs,
    answer: (request, fault) => {
      if (shape.isOther?.(request)) return shape.other!(request, state);
      requests++;
      return sent(request, fault);
    },
  });

  function sent(request: FakeRequest, fault: Fault | undefined): FakeAnswer {
    const message = shape.read(request, state);
    if ("refused" in message) return message.refused;
    const whole = fault && isTold(fault) ? fault : undefined;
    const results = message.tokens.map((token) => ({
      token,
      code: whole ? whole.reason : options.faults.takeOwn(shape.name, token)?.reason,
    }));
    const status = whole?.status ?? 200;
    const answer = whole ? shape.refusal(status, whole.reason) : shape.answer(results, message);
    for (const { token, code } of results)
      log.add({
        atMs: options.now(),
        token,
        headers: request.headers,
        payload: message.payload,
        status: answer.status,
        ...(code !== undefined && { reason: code }),
        ...(message.by !== undefined && { by: message.by }),
      });
    if (fault?.retryAfterS === undefined) return answer;
    return { ...answer, headers: { ...answer.headers, "retry-after": String(fault.retryAfterS) } };
  }

  return Object.assign(fake, {
    received: log.entries,
    requests: () => requests,
    tokensIssued: books.issued,
    trust: (credentials: VendorTrust) => void state.trusted.push(credentials),
    expireTokens: books.expire,
    port: server.port,
    close: server.close,
  });
}

const isTold = ({ status, reason }: Fault): boolean => status !== undefined || reason !== undefined;

function bookkeeping(now: () => number) {
  const tokens = new Map<string, { to: VendorTrust; untilMs: number }>();
  let issued = 0;
  let expiredAtMs = 0;
  const state: VendorState = {
    trusted: [],
    now,
    issue(to, lifeMs) {
      issued++;
      const token = randomBytes(24).toString("base64url");
      tokens.set(token, { to, untilMs: now() + lifeMs });
      return token;
    },
    holder(token) {
      const found = tokens.get(token);
      return found !== undefined && now() < found.untilMs ? found.to : undefined;
    },
    expiredAtMs: () => expiredAtMs,
  };
  const expire = () => {
    tokens.clear();
    expiredAtMs = now();
  };
  return { state, issued: () => issued, expire };
}

export const json = (status: number, body: object): FakeAnswer => ({
  status,
  headers: { "content-type": "application/json;charset=UTF-8" },
  body: JSON.stringify(body),
});

/** The JSON object of a body, or an empty one. */
export function jsonBody({ body }: FakeRequest): Record<string, unknown> {
  try {
    return JSON.parse(body.toString()) as Record<string, unknown>;
  } catch {
    return {}; // what follows finds nothing that it wants
  }
}

export const formBody = ({ body }: FakeRequest): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(body.toString()));
