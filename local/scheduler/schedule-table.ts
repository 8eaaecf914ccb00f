import { DatabaseSync } from "node:sqlite";
import type { Schedule } from "./shapes.ts";

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS schedule (
    group_name TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (group_name, name)
  );
  CREATE TABLE IF NOT EXISTS schedule_group (name TEXT PRIMARY KEY, created_ms INTEGER NOT NULL);
`;

export type ScheduleTable = ReturnType<typeof openScheduleTable>;

export function openScheduleTable(file: string) {
  const db = new DatabaseSync(file);
  db.exec(SCHEMA);
  const get = db.prepare("SELECT body FROM schedule WHERE group_name = ? AND name = ?");
  const put = db.prepare("INSERT OR REPLACE INTO schedule (group_name, name, body) VALUES (?, ?, ?)");
  const remove = db.prepare("DELETE FROM schedule WHERE group_name = ? AND name = ?");
  const all = db.prepare("SELECT body FROM schedule ORDER BY group_name, name");
  const groups = db.prepare("SELECT name, created_ms FROM schedule_group ORDER BY name");
  const addGroup = db.prepare("INSERT OR IGNORE INTO schedule_group (name, created_ms) VALUES (?, ?)");
  const removeGroup = db.prepare("DELETE FROM schedule_group WHERE name = ?");
  const parse = (row: unknown) => JSON.parse((row as { body: string }).body) as Schedule;
  return {
    get(group: string, name: string): Schedule | undefined {
      const row = get.get(group, name);
      return row ? parse(row) : undefined;
    },
    put: (schedule: Schedule) => put.run(schedule.GroupName, schedule.Name, JSON.stringify(schedule)),
    remove: (group: string, name: string) => remove.run(group, name),
    all: () => all.all().map(parse),
    groups: () => groups.all() as { name: string; created_ms: number }[],
    addGroup: (name: string, nowMs: number) => addGroup.run(name, nowMs),
    removeGroup: (name: string) => removeGroup.run(name),
    close: () => db.close(),
  };
}
