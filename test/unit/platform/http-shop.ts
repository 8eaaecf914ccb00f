import assert from "node:assert/strict";
import { ADMIN_KEY, type Answer, startHttpWorld } from "./http-world.ts";

/** The HTTP functions with an app `shop` and a key of it. */
export async function startShop() {
  const world = await startHttpWorld();
  const manage = (route: string, body?: unknown, bearer = key): Promise<Answer> =>
    world.call("manage", route, { key: bearer, ...(body !== undefined && { body }) });
  const admin = (route: string, body?: unknown) => manage(route, body, ADMIN_KEY);
  const created = async (route: string, body: unknown): Promise<Answer> => {
    const answer = await admin(route, body);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return answer;
  };
  let key = "";
  await created("POST /v1/apps", { id: "shop", origins: ["https://shop.example"] });
  const answer = await created("POST /v1/apps/shop/keys", { scopes: ["send", "read", "users"] });
  key = (answer.body as { key?: string }).key ?? "";
  return { world, key, manage, admin, created };
}

export const codeOf = ({ body }: Answer) => (body as { code?: string }).code;
export const pointersOf = ({ body }: Answer) =>
  ((body as { errors?: { pointer: string }[] }).errors ?? []).map(({ pointer }) => pointer);

export const ANDROID = { platform: "android", tokens: [{ kind: "fcmToken", token: "t".repeat(30) }] };
export const CLIENT_SECRET = "a-secret-of-thirty-two-characters!!";
