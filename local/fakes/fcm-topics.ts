import type { FakeAnswer, FakeRequest } from "./secure-server.ts";

/** Who follows which topic, by project. */
export type Topics = {
  subscribers(project: string, topic: string): ReadonlySet<string>;
  /** Registration tokens that a message to this topic or condition is handed on to; a text when Google takes none. */
  reached(project: string, message: { topic?: unknown; condition?: unknown }): string[] | string;
  /** batchAdd and batchRemove of the Instance ID service. */
  manage(project: string, request: FakeRequest): FakeAnswer;
  /** The app behind a token was removed: its subscriptions end, and new ones are refused. */
  forget(token: string): void;
};

const TOPIC = /^[a-zA-Z0-9_.~%-]+$/;
const MOST_TOKENS = 1_000;
const MOST_TOPICS = 5;

export const isTopicRequest = ({ path }: FakeRequest): boolean => /^\/iid\/v1:batch(Add|Remove)$/.test(path);

export function fakeTopics(): Topics {
  const followers = new Map<string, Set<string>>();
  const forgotten = new Set<string>();
  const followersOf = (project: string, topic: string): Set<string> => {
    const key = `${project}#${topic}`;
    const known = followers.get(key) ?? new Set();
    followers.set(key, known);
    return known;
  };
  const change = (project: string, topic: string, token: string, adds: boolean): object => {
    if (typeof token !== "string" || token.length < 20) return { error: "INVALID_ARGUMENT" };
    if (forgotten.has(token)) return { error: "NOT_FOUND" };
    if (adds) followersOf(project, topic).add(token);
    else followersOf(project, topic).delete(token);
    return {};
  };
  return {
    subscribers: followersOf,
    reached: (project, message) => {
      const told = message.topic ?? message.condition;
      if (typeof told !== "string") return "the topic or the condition is not a text";
      if (message.topic !== undefined)
        return TOPIC.test(told) ? [...followersOf(project, told)] : "Invalid topic name.";
      const everybody = [...followers].flatMap(([key, tokens]) =>
        key.startsWith(`${project}#`) ? [...tokens] : [],
      );
      const judge = judgeOf(told);
      if (judge === undefined) return "Invalid condition expression provided.";
      return [...new Set(everybody)].filter((token) =>
        judge((topic) => followersOf(project, topic).has(token)),
      );
    },
    manage(project, { path, headers, body }) {
      if (headers["access_token_auth"] !== "true") return answer(401, { error: "Unauthorized" });
      const asked = parsed(body);
      const [, topic] = /^\/topics\/(.+)$/.exec(String(asked.to)) ?? [];
      const tokens = asked.registration_tokens;
      if (topic === undefined || !TOPIC.test(topic)) return answer(400, { error: "InvalidTopicName" });
      if (!Array.isArray(tokens) || tokens.length === 0) return answer(400, { error: "MissingTokens" });
      if (tokens.length > MOST_TOKENS) return answer(400, { error: "TooManyTokens" });
      const adds = path.endsWith("Add");
      return answer(200, { results: tokens.map((token) => change(project, topic, token as string, adds)) });
    },
    forget(token) {
      forgotten.add(token);
      for (const tokens of followers.values()) tokens.delete(token);
    },
  };
}

function parsed(body: Buffer): { to?: unknown; registration_tokens?: unknown } {
  try {
    return JSON.parse(body.toString()) as object;
  } catch {
    return {}; // answered as a request without a topic
  }
}

const answer = (status: number, body: object): FakeAnswer => ({
  status,
  headers: { "content-type": "application/json; charset=UTF-8" },
  body: JSON.stringify(body),
});

type Follows = (topic: string) => boolean;
type Judge = (follows: Follows) => boolean;

/** A condition as a function; from left to right, parentheses first, as Google's page says. */
function judgeOf(condition: string): Judge | undefined {
  const words = condition.match(/&&|\|\||[!()]|'[^']*'\s+in\s+topics|\S/g) ?? [];
  let at = 0;
  let topics = 0;
  const term = (): Judge | undefined => {
    const word = words[at++];
    if (word === "!") {
      const inner = term();
      return inner && ((follows) => !inner(follows));
    }
    if (word === "(") {
      const inner = whole();
      return words[at++] === ")" ? inner : undefined;
    }
    const [, topic] = /^'([^']*)'\s/.exec(word ?? "") ?? [];
    topics++;
    return topic !== undefined && TOPIC.test(topic) ? (follows) => follows(topic) : undefined;
  };
  const whole = (): Judge | undefined => {
    let judge = term();
    while (judge && (words[at] === "&&" || words[at] === "||")) {
      const both = words[at++] === "&&";
      const [left, right] = [judge, term()];
      judge =
        right && ((follows) => (both ? left(follows) && right(follows) : left(follows) || right(follows)));
    }
    return judge;
  };
  const judge = whole();
  return judge && at === words.length && topics <= MOST_TOPICS ? judge : undefined;
}
