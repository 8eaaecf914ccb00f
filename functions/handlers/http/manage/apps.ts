import { keyAnswer, switchesAnswer } from "../../../core/api/app-answers.ts";
import type { App } from "../../../core/app/app.ts";
import type { AppChange, AppInput, KeyInput, SwitchInput } from "../../../core/app/app-input.ts";
import { changeApp } from "../../../core/app/change-app.ts";
import { createApp } from "../../../core/app/create-app.ts";
import { issueKey } from "../../../core/app/issue-key.ts";
import { setSwitch } from "../../../core/app/set-switch.ts";
import { AppError } from "../../../core/errors/app-error.ts";
import { appPorts, catalog } from "../../../platform/administering.ts";
import { now } from "../../../platform/clients.ts";
import { bodyOf, type Handle } from "../../../platform/http.ts";
import { type Manager, namedApp } from "../../../platform/manager.ts";
import { shownApp } from "../../../platform/shown-apps.ts";

const ports = appPorts();

/** Apps, their keys and switches. */
export const appHandles: Record<string, Handle<Manager>> = {
  async createApp(request) {
    return { body: await shownApp(await createApp(ports, bodyOf<AppInput>(request))) };
  },

  async listApps() {
    const apps: App[] = [];
    for await (const app of catalog().apps()) apps.push(app);
    return { body: { apps: await Promise.all(apps.map(shownApp)) } };
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
