import { AppError } from "../errors/app-error.ts";
import type { App } from "./app.ts";
import type { AppInput } from "./app-input.ts";

export type CreateAppPorts = {
  now(): number;
  /** False when the app stands there already. */
  createApp(app: App): Promise<boolean>;
};

/** @throws AppError conflict when the id is taken */
export async function createApp(ports: CreateAppPorts, input: AppInput): Promise<App> {
  const { id, name, origins = [], categories = {}, defaults = {}, limits = {} } = input;
  const app: App = {
    id,
    ...(name !== undefined && { name }),
    createdAtMs: ports.now(),
    origins,
    categories: categories as App["categories"],
    providers: {},
    defaults: defaults as App["defaults"],
    limits: limits as App["limits"],
  };
  if (!(await ports.createApp(app))) {
    throw new AppError("conflict", `app ${id} exists already`, {
      errors: [{ pointer: "/id", detail: "is taken" }],
    });
  }
  return app;
}
