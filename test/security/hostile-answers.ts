import { frame, type RawAnswer, type SpokenAnswer } from "./hostile-server.ts";

type Headers = Record<string, string>;

/** A whole answer. */
const say =
  (status: number, body: string | Buffer = "", headers: Headers = {}): SpokenAnswer =>
  (stream) => {
    stream.respond({ ":status": status, "content-type": "application/json", ...headers });
    stream.end(body);
  };

/** A part of a body again and again, for as long as somebody listens. */
const drip =
  (status: number, part: string, everyMs: number): SpokenAnswer =>
  (stream) => {
    stream.respond({ ":status": status });
    const timer = setInterval(() => (stream.destroyed ? clearInterval(timer) : stream.write(part)), everyMs);
    timer.unref();
  };

const STATUSES = [200, 400, 403, 404, 410, 413, 429, 500, 503];
const MEGABYTES = "x".repeat(10 * 1024 * 1024);
const NESTED = "[".repeat(100_000);

const BODIES: Record<string, string | Buffer> = {
  nothing: "",
  "an array": '[{"reason":"BadDeviceToken"}]',
  "a number": "1e999",
  null: "null",
  "a text": '"BadDeviceToken"',
  "HTML as JSON": "<html><body>Bad Gateway",
  "JSON cut short": '{"reason":"BadDeviceTok',
  "a byte order mark": '\ufeff{"reason":"Unregistered"}',
  "no UTF-8": Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d]),
  "brackets without end": NESTED,
  "a deep object": `${'{"error":'.repeat(5_000)}1${"}".repeat(5_000)}`,
  "a reason that is an object": '{"reason":{"a":1},"error":{"status":{},"details":{"errorCode":1}}}',
  "a reason that is a list": '{"reason":["Unregistered"],"error":["x"]}',
  "reasons that are null": '{"reason":null,"timestamp":null,"error":null,"access_token":null}',
  "details of all kinds":
    '{"error":{"status":7,"details":[null,1,"x",[],{"errorCode":{}},{"errorCode":null}]}}',
  "names of Object's own":
    '{"reason":"constructor","error":{"status":"toString","details":[{"errorCode":"__proto__"}]}}',
  "a vendor's codes of all kinds":
    '{"code":{"a":1},"result":[],"msg":7,"msg_id":{},"error":{"code":[],"message":{}},"data":{"x":null,"error_code":{}},"value":{"110002":{},"":[null]},"ret":1}',
  "a vendor's answer inside out":
    '{"code":"200","value":[[]],"data":[[1]],"msg":"{\\"illegal_tokens\\":7}","error":"1003","ret":["SUCCESS"]}',
  "half a character": '{"reason":"\\ud800","error":{"status":"\\udfff"}}',
  "a reason with line ends": '{"reason":"a\\r\\nb","error":{"status":"a\\u0000b"}}',
  "a long reason": `{"reason":"${"R".repeat(5_000)}","error":{"status":"${"S".repeat(5_000)}"}}`,
  "a time beyond all times": '{"reason":"Unregistered","timestamp":1e999}',
  "a time before all times": '{"reason":"Unregistered","timestamp":-1e300}',
  "a time that is a text": '{"reason":"Unregistered","timestamp":"now"}',
};

const WAITS = ["-5", "NaN", "1e99", "Infinity", "0x10", "9".repeat(40), "5, 10", " ", "soon", "1.5", "-0"];
const DATES = [
  "Fri, 31 Dec 9999 23:59:59 GMT",
  "Thu, 01 Jan 1970 00:00:00 GMT",
  "Mon, 99 Foo 2026 99:99:99 GMT",
];

/** Said in proper HTTP. */
export const SPOKEN: Record<string, SpokenAnswer> = {
  ...Object.fromEntries(
    Object.entries(BODIES).flatMap(([what, body]) =>
      STATUSES.map((status) => [`${status} with ${what}`, say(status, body)]),
    ),
  ),
  ...Object.fromEntries(
    [...WAITS, ...DATES].flatMap((wait) =>
      [429, 503].map((status) => [
        `${status}, Retry-After ${wait}`,
        say(status, "{}", { "retry-after": wait }),
      ]),
    ),
  ),
  ...Object.fromEntries(
    [201, 204, 206, 299, 300, 304, 401, 402, 418, 451, 499, 501, 599].map((status) => [
      `${status}`,
      say(status),
    ]),
  ),
  "ten megabytes of 200": say(200, MEGABYTES),
  "ten megabytes of 503": say(503, MEGABYTES),
  "ten megabytes of 410": say(410, MEGABYTES),
  "a flood without end": drip(503, "x".repeat(16_384), 1),
  "a body of a byte at a time": drip(503, "x", 100),
  "a good status, a body of a byte at a time": drip(200, "x", 100),
  "headers of 60 KB": say(
    503,
    "{}",
    Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`x-${n}`, "y".repeat(1_000)])),
  ),
  "content of another type": say(400, "\u0000\u0001", {
    "content-type": "image/png",
    "content-encoding": "br",
  }),
  "early hints before the answer": (stream, headers) => {
    for (let n = 0; n < 50; n++) stream.additionalHeaders({ ":status": 103, link: "<x>" });
    say(503)(stream, headers);
  },
  silence: () => undefined,
  "headers and then silence": (stream) => stream.respond({ ":status": 503 }),
  "an end in mid-body": (stream) => {
    stream.respond({ ":status": 410 });
    stream.write('{"reason":"Unre', () => stream.close(2));
  },
};

const status = (text: string): Buffer => Buffer.from([0x08, text.length, ...Buffer.from(text)]);
const header = (name: string, value: string): Buffer =>
  Buffer.concat([
    Buffer.from([0x00, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ]);
const ENDED = 5; // END_HEADERS and END_STREAM
const HEADERS = 1;
const respond = (...fields: Buffer[]) =>
  ((socket, stream) =>
    void socket.write(frame(HEADERS, ENDED, stream, Buffer.concat(fields)))) satisfies RawAnswer;
const bytes = (text: string | Buffer) => ((socket) => void socket.write(text)) satisfies RawAnswer;
const flood =
  (count: number, make: (stream: number) => Buffer): RawAnswer =>
  (socket, stream) => {
    for (let n = 0; n < count; n++) socket.write(make(stream));
  };
const KB16 = Buffer.alloc(16_384, "x");

/** Said by breaking HTTP/2. */
export const RAW: Record<string, RawAnswer> = {
  ...Object.fromEntries(
    ["099", "000", "999", "abc", "", "2000", "-20", "20 ", "\u0000\u0000\u0000", "103"].map((text) => [
      `status ${JSON.stringify(text)}`,
      respond(status(text)),
    ]),
  ),
  "no status": respond(header("a", "b")),
  "two waits": respond(status("503"), header("retry-after", "5"), header("retry-after", "soon")),
  "two statuses": respond(status("200"), status("410")),
  "a header in capitals": respond(status("503"), header("Retry-After", "5")),
  "a header with a line end": respond(status("503"), header("retry-after", "5\r\nx: y")),
  "a header that no table has": respond(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f])),
  "a body before its headers": (socket, stream) => socket.write(frame(0, 0, stream, KB16)),
  "a body that ignores what may be sent": (socket, stream) => {
    socket.write(frame(HEADERS, 4, stream, status("503")));
    for (let n = 0; n < 640; n++) socket.write(frame(0, 0, stream, KB16));
  },
  "headers without end": (socket, stream) => {
    socket.write(frame(HEADERS, 0, stream, status("503")));
    for (let n = 0; n < 640; n++) socket.write(frame(9, 0, stream, Buffer.alloc(16_000)));
  },
  "an answer to a request that nobody made": (socket) =>
    socket.write(frame(HEADERS, ENDED, 99, status("200"))),
  "a pushed answer": (socket, stream) =>
    socket.write(frame(5, 4, stream, Buffer.concat([Buffer.from([0, 0, 0, 2]), status("200")]))),
  "settings of a wrong length": bytes(frame(4, 0, 0, Buffer.alloc(5))),
  "no more than 0 streams": bytes(frame(4, 0, 0, Buffer.from([0, 3, 0, 0, 0, 0]))),
  "a frame longer than allowed": bytes(frame(0, 0, 1, Buffer.alloc(1_000_000))),
  "HTTP/1.1": bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
  "no HTTP at all": bytes(Buffer.alloc(100_000, 0xff)),
  "a flood of pings": flood(10_000, () => frame(6, 0, 0, Buffer.alloc(8))),
  "a flood of settings": flood(10_000, () => frame(4, 0, 0)),
  "a flood of resets": flood(5_000, (stream) => frame(3, 0, stream, Buffer.alloc(4))),
  "a GOAWAY for everything": bytes(frame(7, 0, 0, Buffer.alloc(8))),
  "an end": (socket) => socket.destroy(),
};
