/** FCM takes this many topics in one condition. */
const MOST_TOPICS = 5;
export const TOPIC = /^[a-zA-Z0-9_.~%-]{1,900}$/;

type Token = { kind: "topic" | "&&" | "||" | "!" | "(" | ")" | "other"; text: string; at: number };

/** Operators and parentheses stand for themselves; a topic is `'name' in topics`. */
const TOKENS = /\s*(?:(?<mark>&&|\|\||[!()])|'(?<topic>[^']*)'\s+in\s+topics(?!\w)|(?<other>\S))/gy;

function* tokens(text: string): Generator<Token> {
  for (const match of text.matchAll(TOKENS)) {
    const { mark, topic, other = "" } = match.groups ?? {};
    const at = match.index + match[0].search(/\S/) + 1;
    if (mark) yield { kind: mark as Token["kind"], text: mark, at };
    else yield topic === undefined ? { kind: "other", text: other, at } : { kind: "topic", text: topic, at };
  }
}

/**
 * What is wrong with an FCM condition, naming the place; undefined when nothing is. One pass, whatever its length.
 *
 *   condition = term { ("&&" | "||") term }
 *   term      = "!" term | "(" condition ")" | "'" topic "' in topics"
 *
 * https://firebase.google.com/docs/cloud-messaging/send-topic-messages
 */
export function conditionFault(text: string): string | undefined {
  const seen = { topics: 0, open: 0, wantsTerm: true };
  for (const token of tokens(text)) {
    const fault = seen.wantsTerm ? termFault(token, seen) : operatorFault(token, seen);
    if (fault !== undefined) return fault;
  }
  if (seen.wantsTerm) return "ends where a topic is expected: 'news' in topics";
  return seen.open > 0 ? `leaves ${seen.open} ( open` : undefined;
}

type Seen = { topics: number; open: number; wantsTerm: boolean };

function termFault({ kind, text, at }: Token, seen: Seen): string | undefined {
  if (kind === "!") return undefined;
  if (kind === "(") {
    seen.open++;
    return undefined;
  }
  if (kind !== "topic") return `has ${text} at character ${at}, where 'topic' in topics, ! or ( is expected`;
  seen.wantsTerm = false;
  seen.topics++;
  if (!TOPIC.test(text)) return `names a topic at character ${at} that is not 1-900 of a-z A-Z 0-9 - _ . ~ %`;
  return seen.topics > MOST_TOPICS ? `names more than ${MOST_TOPICS} topics` : undefined;
}

function operatorFault({ kind, text, at }: Token, seen: Seen): string | undefined {
  if (kind === "&&" || kind === "||") {
    seen.wantsTerm = true;
    return undefined;
  }
  if (kind !== ")") return `has ${text.slice(0, 40)} at character ${at}, where && or || is expected`;
  seen.open--;
  return seen.open < 0 ? `closes a ( at character ${at} that was never opened` : undefined;
}
