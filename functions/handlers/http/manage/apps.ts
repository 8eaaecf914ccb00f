import { keyAnswer, switchesAnswer } from "../../../core/api/app-answers.ts";
import type { AppsQuery } from "../../../core/api/app-operations.ts";
import { LIST_LIMIT } from "../../../core/api/list-query.ts";
import type { AppChange, AppInput, KeyInput, SwitchInput } from "../../../core/app/app-input.ts";
import { changeApp } from "../../../core/app/change-app.ts";
import { createApp } from "../../../core/app/create-app.ts";
import { issueKey } from "../../../core/app/issue-key.ts";
import { setSwitch } from "../../../core/app/set-switch.ts";
import { AppError } from "../../../core/errors/app-error.ts";
import { appPorts, catalog } from "../../../platform/administering.ts";
import { now } from "../../../platform/clients.ts";
import { cursorOf, placeIn } from "../../../platform/cursors.ts";
import { bodyOf, type Handle, queryOf } from "../../../platform/http.ts";
import { type Manager, namedApp } from "../../../platform/manager.ts";
import { shownApp } from "../../../platform/shown-apps.ts";

const ports = appPorts();
/** No app has such an id: its cursors are good for nothing else. */
const EVERY_APP = { app: "*", query: {} };

/** Apps, their keys and switches. */
export const appHandles: Record<string, Handle<Manager>> = {
  async createApp(request) {
    return { body: await shownApp(await createApp(ports, bodyOf<AppInput>(request))) };
  },

  async listApps(request) {
    const { cursor, limit = LIST_LIMIT.standard } = queryOf<AppsQuery>(request);
    const after = await placeIn<string>(cursor, EVERY_APP);
    const { apps, next } = await catalog().appsAfter(after, Number(limit));
    const shown = await Promise.all(apps.map(shownApp));
    return { body: { apps: shown, ...(await cursorOf(next, EVERY_APP)) } };
  },

  async getApp({ params: { app = "" } }, caller) {
    return { body: await shownApp(await namedApp(caller, app)) };
  },

  async changeApp(request, caller) {
    const { id } = await namedApp(caller, request.params["app"] ?? "");
    return { body: await shownApp(await changeApp(ports, id, bodyOf<AppChange>(request))) };
  },

  async issueKey(request, caller) {
    const { id } = await namedApp(caller, request.params["app"] ?? "");
    const { key, text } = await issueKey(ports, id, bodyOf<KeyInput>(request));
    return { body: { ...keyAnswer(key), key: text } };
  },

  async listKeys({ params: { app = "" } }, caller) {
    const { id } = await namedApp(caller, app);
    const keys: object[] = [];
    for await (const key of catalog().apiKeys(id)) keys.push(keyAnswer(key));
    return { body: { keys } };
  },

  async revokeKey({ params: { app = "", key = "" } }, caller) {
    const { id } = await namedApp(caller, app);
    if (!(await catalog().revokeApiKey(id, key, now())))
      throw new AppError("not_found", `app ${id} has no key ${key}`);
    return {};
  },

  async getSwitches({ params: { app = "" } }, caller) {
    const { id } = await namedApp(caller, app);
    return { body: switchesAnswer(await catalog().switches(id)) };
  },

  async setSwitch(request, caller) {
    const { id } = await namedApp(caller, request.params["app"] ?? "");
    const { paused } = bodyOf<SwitchInput>(request);
    return { body: switchesAnswer(await setSwitch(ports, id, request.params["what"] ?? "", paused)) };
  },
};
