import { randomUUID } from "node:crypto";
import type { Input } from "../iam/demand.ts";
import { AwsError } from "./aws-error.ts";
import type { HttpReply, HttpRequest } from "./http.ts";
import { RawReply } from "./raw-reply.ts";
import type { Protocol } from "./service.ts";

type Node = Map<string, Node | string>;

const MAX_PARAMETERS = 10_000;

/** AWS Query, the protocol of SES and SNS: a form comes in, XML goes out. */
export function queryProtocol(options: { namespace: string }): Protocol {
  const root = (name: string, inside: string, status: number): HttpReply => {
    const requestId = randomUUID();
    const id = `<RequestId>${requestId}</RequestId>`;
    const metadata = name === "ErrorResponse" ? id : `<ResponseMetadata>${id}</ResponseMetadata>`;
    return {
      status,
      headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
      body: `<${name} xmlns="${options.namespace}">${inside}${metadata}</${name}>\n`,
    };
  };
  return {
    decode,
    encode(operation, output) {
      if (output instanceof RawReply) return output.reply;
      return root(`${operation}Response`, element(`${operation}Result`, output ?? {}), 200);
    },
    encodeError({ code, message, status }) {
      const error = { Type: status < 500 ? "Sender" : "Receiver", Code: code, Message: message };
      return root("ErrorResponse", element("Error", error), status);
    },
  };
}

function decode({ body }: HttpRequest): { operation: string; input: Input } {
  const form = new URLSearchParams(body.toString("utf8"));
  if (form.size > MAX_PARAMETERS)
    throw new AwsError("MalformedQueryString", `The query has more than ${MAX_PARAMETERS} parameters.`);
  const tree: Node = new Map();
  for (const [name, value] of form) if (name !== "Action" && name !== "Version") plant(tree, name, value);
  const operation = form.get("Action");
  if (!operation) throw new AwsError("MissingAction", "The request must contain the parameter Action.");
  return { operation, input: plain(tree) as Input };
}

function plant(tree: Node, name: string, value: string): void {
  const path = name.split(".");
  const last = path.pop()!;
  let node = tree;
  for (const step of path) {
    const below = node.get(step) ?? new Map<string, Node | string>();
    if (typeof below === "string")
      throw new AwsError("MalformedQueryString", `${step} has a value and members.`);
    node.set(step, below);
    node = below;
  }
  node.set(last, value);
}

/** `X.member.1` is a list, `X.entry.1.Name` and `.Value` (or `.key`, `.value`) a map, the rest a structure. */
function plain(node: Node | string): unknown {
  if (typeof node === "string") return node;
  const [member, entry] = [node.get("member"), node.get("entry")];
  if (node.size === 1 && member instanceof Map) return inOrder(member).map(plain);
  if (node.size === 1 && entry instanceof Map) return fromPairs(inOrder(entry).flatMap(pairOf));
  return fromPairs([...node].map(([name, below]) => [name, plain(below)]));
}

const inOrder = (node: Node): (Node | string)[] =>
  [...node].sort(([a], [b]) => Number(a) - Number(b)).map(([, below]) => below);

function pairOf(entry: Node | string): [string, unknown][] {
  if (typeof entry === "string") return [];
  const name = entry.get("Name") ?? entry.get("key");
  const value = entry.get("Value") ?? entry.get("value");
  return typeof name === "string" && value !== undefined ? [[name, plain(value)]] : [];
}

/** Names come from the caller: `__proto__` is one as any other. */
const fromPairs = (pairs: [string, unknown][]): Input =>
  Object.assign(Object.create(null) as Input, Object.fromEntries(pairs));

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** XML 1.0 knows no control characters, not even escaped ones. */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replace(/(?![\t\n\r])\p{Cc}/gu, "\u{fffd}")
    .replace(/[&<>"]/g, (character) => ESCAPES[character]!);

/** Lists are `member`s, a `Map` is `entry`s of key and value; what is undefined is left out. */
function element(name: string, value: unknown): string {
  if (value === undefined || value === null) return "";
  return `<${name}>${inside(value)}</${name}>`;
}

function inside(value: unknown): string {
  if (Array.isArray(value)) return value.map((member) => element("member", member)).join("");
  if (value instanceof Map)
    return [...value].map(([key, held]) => element("entry", { key, value: held as unknown })).join("");
  if (typeof value === "object" && value !== null)
    return Object.entries(value)
      .map(([name, held]) => element(name, held))
      .join("");
  return escaped(String(value));
}
