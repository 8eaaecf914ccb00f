import { DatabaseSync } from "node:sqlite";

/** One row per message; `receipt` is set from the first receive on and names the latest one. */
export type MessageRow = {
  id: number;
  queue: string;
  message_id: string;
  body: string;
  attributes: string | null;
  group_id: string;
  trace_header: string | null;
  sender_id: string;
  sent_at: number;
  visible_at: number;
  first_received_at: number | null;
  receive_count: number;
  receipt: string | null;
  dead_letter_source: string | null;
};

export type Candidate = Pick<MessageRow, "id" | "group_id" | "receive_count">;
export type NewMessage = Pick<
  MessageRow,
  | "queue"
  | "message_id"
  | "body"
  | "attributes"
  | "group_id"
  | "trace_header"
  | "sender_id"
  | "sent_at"
  | "visible_at"
>;

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    message_id TEXT NOT NULL,
    body TEXT NOT NULL,
    attributes TEXT,
    group_id TEXT NOT NULL,
    trace_header TEXT,
    sender_id TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    visible_at INTEGER NOT NULL,
    first_received_at INTEGER,
    receive_count INTEGER NOT NULL DEFAULT 0,
    receipt TEXT,
    dead_letter_source TEXT
  );
  CREATE INDEX IF NOT EXISTS message_due ON message (queue, visible_at);
  CREATE INDEX IF NOT EXISTS message_group_due ON message (queue, group_id, visible_at);
`;

const INSERT = `
  INSERT INTO message (queue, message_id, body, attributes, group_id, trace_header, sender_id, sent_at, visible_at)
  VALUES (:queue, :message_id, :body, :attributes, :group_id, :trace_header, :sender_id, :sent_at, :visible_at)`;

const CANDIDATES = "SELECT id, group_id, receive_count FROM message WHERE queue = ? AND visible_at <= ?";

export type MessageTable = ReturnType<typeof openMessageTable>;

export function openMessageTable(file: string) {
  const db = new DatabaseSync(file);
  db.exec(SCHEMA);
  const insert = db.prepare(INSERT);
  const get = db.prepare("SELECT * FROM message WHERE id = ?");
  const due = db.prepare(`${CANDIDATES} ORDER BY visible_at, id LIMIT ?`);
  const dueInGroup = db.prepare(`${CANDIDATES} AND group_id = ? ORDER BY visible_at, id LIMIT ?`);
  const take = db.prepare(
    "UPDATE message SET visible_at = ?, receipt = ?, receive_count = receive_count + 1, first_received_at = coalesce(first_received_at, ?) WHERE id = ? RETURNING *",
  );
  const hide = db.prepare("UPDATE message SET visible_at = ? WHERE id = ?");
  const moveDead = db.prepare(
    "UPDATE message SET queue = ?, visible_at = ?, receipt = NULL, dead_letter_source = ? WHERE id = ?",
  );
  const remove = db.prepare("DELETE FROM message WHERE id = ?");
  const expired = db.prepare("SELECT id, group_id FROM message WHERE queue = ? AND sent_at <= ?");
  const oldest = db.prepare("SELECT min(sent_at) AS at FROM message WHERE queue = ?");
  const purge = db.prepare("DELETE FROM message WHERE queue = ?");
  const groups = db.prepare("SELECT group_id, count(*) AS n FROM message WHERE queue = ? GROUP BY group_id");
  const hidden = db.prepare(
    "SELECT id, group_id, visible_at, receipt FROM message WHERE queue = ? AND visible_at > ?",
  );

  return {
    transaction<T>(work: () => T): T {
      db.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        db.exec("COMMIT");
        return result;
      } catch (error) {
        db.exec("ROLLBACK");
        throw error;
      }
    },
    insert: (message: NewMessage) => Number(insert.run(message).lastInsertRowid),
    get: (id: number) => get.get(id) as MessageRow | undefined,
    due: (queue: string, nowMs: number, limit: number) => due.all(queue, nowMs, limit) as Candidate[],
    dueInGroup: (queue: string, nowMs: number, group: string, limit: number) =>
      dueInGroup.all(queue, nowMs, group, limit) as Candidate[],
    take: (id: number, receipt: string, nowMs: number, untilMs: number) =>
      take.get(untilMs, receipt, nowMs, id) as MessageRow,
    hideUntil: (id: number, untilMs: number) => hide.run(untilMs, id),
    moveToDeadLetters: (id: number, to: string, nowMs: number, sourceArn: string) =>
      moveDead.run(to, nowMs, sourceArn, id),
    remove: (id: number) => remove.run(id),
    expired: (queue: string, beforeMs: number) =>
      expired.all(queue, beforeMs) as Pick<MessageRow, "id" | "group_id">[],
    oldestSentMs: (queue: string) => (oldest.get(queue) as { at: number | null }).at,
    purge: (queue: string) => purge.run(queue),
    groups: (queue: string) => groups.all(queue) as { group_id: string; n: number }[],
    hidden: (queue: string, nowMs: number) =>
      hidden.all(queue, nowMs) as Pick<MessageRow, "id" | "group_id" | "visible_at" | "receipt">[],
    close: () => db.close(),
  };
}
