import { h2Pool, type Pool } from "../transport/pool.ts";
import type { OpenSocket } from "../transport/reply.ts";

export const FCM_HOST = "fcm.googleapis.com";
/** Google allows 100 streams a connection. */
const EXPECTED_STREAMS = 100;
const MAX_SESSIONS = 8;

export const fcmPool = (open: OpenSocket): Pool =>
  h2Pool({ host: FCM_HOST, open, maxSessions: MAX_SESSIONS, expectedStreams: EXPECTED_STREAMS });
