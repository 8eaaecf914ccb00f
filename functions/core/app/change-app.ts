import { AppError } from "../errors/app-error.ts";
import type { App } from "./app.ts";
import type { AppChange } from "./app-input.ts";

export type ChangeAppPorts = {
  /** Replaces these fields alone; undefined when there is no such app. */
  changeApp(id: string, fields: Partial<App>): Promise<App | undefined>;
};

/** @throws AppError not_found, invalid_request when nothing is to be changed */
export async function changeApp(ports: ChangeAppPorts, id: string, change: AppChange): Promise<App> {
  if (Object.keys(change).length === 0) {
    throw new AppError("invalid_request", "/: names nothing to change");
  }
  const changed = await ports.changeApp(id, change as Partial<App>);
  if (changed === undefined) throw new AppError("not_found", `there is no app ${id}`);
  return changed;
}
