import { deviceAnswer, userAnswer } from "../../../core/api/user-answers.ts";
import { AppError } from "../../../core/errors/app-error.ts";
import type { PreferencesInput } from "../../../core/policy/preferences.ts";
import type { DeviceInput, UserInput } from "../../../core/recipient/device.ts";
import { eraseUser } from "../../../core/recipient/erase-user.ts";
import { readAheadDevices, readAheadUsers } from "../../../core/recipient/read-ahead.ts";
import { registerDevice, tokenHashes } from "../../../core/recipient/register-device.ts";
import { removeDevice } from "../../../core/recipient/remove-device.ts";
import { saveUser } from "../../../core/recipient/save-user.ts";
import { setPreferences } from "../../../core/recipient/set-preferences.ts";
import { bodyOf, type Handle } from "../../../platform/http.ts";
import { type Manager, ownApp } from "../../../platform/manager.ts";
import { eachLine } from "../../../platform/ndjson.ts";
import { countAppRequest } from "../../../platform/rate-limits.ts";
import { erasePorts, registerPorts } from "../../../platform/registering.ts";

const ports = registerPorts();
const erasing = erasePorts();

/** Users and their devices. */
export const userHandles: Record<string, Handle<Manager>> = {
  async saveUser(request, caller) {
    const { user = "" } = request.params;
    const input = bodyOf<UserInput>(request);
    const { recipient, created } = await saveUser(ports, ownApp(caller).id, user, input);
    return { status: created ? 201 : 200, body: userAnswer(recipient) };
  },

  async getUser({ params: { user = "" } }, caller) {
    const stored = await ports.get(ownApp(caller).id, user);
    if (stored === undefined) throw new AppError("not_found", `there is no user ${user}`);
    return { body: userAnswer(stored.recipient) };
  },

  async eraseUser({ params: { user = "" } }, caller) {
    await eraseUser(erasing, ownApp(caller).id, user);
    return {};
  },

  async setPreferences(request, caller) {
    const { user = "" } = request.params;
    const input = bodyOf<PreferencesInput>(request);
    return { body: { preferences: await setPreferences(ports, ownApp(caller).id, user, input) } };
  },

  async registerDevice(request, caller) {
    const { user = "", device = "" } = request.params;
    const input = bodyOf<DeviceInput>(request);
    const registered = await registerDevice(ports, { app: ownApp(caller).id, user, device, input });
    return { body: deviceAnswer(registered) };
  },

  async removeDevice({ params: { user = "", device = "" } }, caller) {
    await removeDevice(ports, ownApp(caller).id, { user, device });
    return {};
  },

  async saveUsers(request, caller) {
    const own = ownApp(caller);
    const app = own.id;
    const body = await eachLine<UserInput & { user: string }>(request, {
      names: ({ user }) => [user],
      count: () => countAppRequest(own),
      async begin(lines) {
        const users = lines.map(({ user }) => user);
        const { end, ...read } = await readAheadUsers(ports, app, users);
        return {
          end,
          one: async ({ user, ...input }) => ((await saveUser(read, app, user, input)).created ? 201 : 200),
        };
      },
    });
    return { body };
  },

  async registerDevices(request, caller) {
    const own = ownApp(caller);
    const app = own.id;
    const body = await eachLine<DeviceInput & { user: string; device: string }>(request, {
      names: ({ user, device: _device, ...input }) => [`user ${user}`, ...tokenHashes(input)],
      count: () => countAppRequest(own),
      async begin(lines) {
        const registrations = lines.map(({ user, device, ...input }) => ({ user, device, input }));
        const { end, ...read } = await readAheadDevices(ports, app, registrations);
        return {
          end,
          async one({ user, device, ...input }) {
            await registerDevice(read, { app, user, device, input });
            return 200;
          },
        };
      },
    });
    return { body };
  },
};
