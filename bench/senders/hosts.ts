import type { FakeHost } from "./fake.ts";

const APNS_STREAMS = 1_000;
/** What Google's and Mozilla's servers announce. */
const USUAL_STREAMS = 100;
const JSON_TYPE = ["content-type", "application/json; charset=UTF-8"] as const;

/** What the fake says for each provider, and how many streams it allows a connection; as short as the real ones. */
export const FAKE_HOSTS: FakeHost[] = [
  {
    host: "api.push.apple.com",
    maxStreams: APNS_STREAMS,
    answer: { status: 200, headers: [["apns-id", "7FBE5F2A-0C2B-4C65-9A2B-1D6A3C0A9F11"]] },
  },
  {
    host: "fcm.googleapis.com",
    maxStreams: USUAL_STREAMS,
    answer: {
      status: 200,
      headers: [JSON_TYPE],
      body: '{\n  "name": "projects/clarion-bench/messages/0:1750000000000000%bench000"\n}\n',
    },
  },
  {
    host: "oauth2.googleapis.com",
    maxStreams: USUAL_STREAMS,
    answer: {
      status: 200,
      headers: [JSON_TYPE],
      body: JSON.stringify({
        access_token: `ya29.${"x".repeat(200)}`,
        expires_in: 3_599,
        token_type: "Bearer",
      }),
    },
  },
  {
    host: "updates.push.services.mozilla.com",
    maxStreams: USUAL_STREAMS,
    answer: {
      status: 201,
      headers: [
        ["location", "https://updates.push.services.mozilla.com/m/bench"],
        ["ttl", "3600"],
      ],
    },
  },
];
