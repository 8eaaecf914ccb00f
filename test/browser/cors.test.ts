import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { makeApp, startWorld, type TestApp, until, type World } from "../e2e/harness.ts";
import { inChromium } from "./chromium.ts";
import { type Site, serveExample } from "./site.ts";
import { connected, fetchIn, openExample } from "./tab.ts";

inChromium("who a browser lets talk to the API", (browser) => {
  let world: World;
  let app: TestApp;
  let site: Site;
  let stranger: Site;
  let context: BrowserContext;
  before(async () => {
    [world, site, stranger] = await Promise.all([startWorld(), serveExample(), serveExample()]);
    app = await makeApp(world, "cors", { origins: [site.origin] });
    context = await browser().newContext();
    context.setDefaultTimeout(10_000);
  });
  after(async () => {
    await Promise.all([site.close(), stranger.close()]);
    await world.close();
  });

  const visit = (from: Site) => openExample({ context, site: from, world, app, user: "ann" });
  const bearer = (token: string) => ({ method: "POST", headers: { authorization: `Bearer ${token}` } });
  const ticketsOf = (id: string) => `${world.runtime.apiUrl}/v1/client/tickets?app=${id}`;
  const vapidKey = () => `${world.runtime.apiUrl}/v1/public/apps/${app.id}/vapid-key`;

  test("a page of the app's origin passes the preflight and reads answers and their headers", async () => {
    const page = await context.newPage();
    const preflights = await watchPreflights(context, page);
    await page.goto(site.origin);
    const { status, rateLimit } = await fetchIn(page, ticketsOf(app.id), bearer(app.token("ann")));
    assert.equal(status, 201);
    assert.match(String(rateLimit), /^\d+$/, "RateLimit-Limit is exposed to scripts");
    assert.deepEqual(preflights, [{ url: ticketsOf(app.id), status: 204 }]);
    assert.equal((await fetchIn(page, vapidKey())).status, 200);
    await page.close();
  });

  test("the example connects from the app's origin", async () => {
    const page = await visit(site);
    await connected(page);
    await page.close();
  });

  test("a page of another origin gets nothing, says so, and no ticket is made for it", async () => {
    const page = await context.newPage();
    const errors: string[] = [];
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    const preflights = await watchPreflights(context, page);
    await page.goto(stranger.origin);
    const posted = fetchIn(page, ticketsOf(app.id), bearer(app.token("ann")));
    assert.equal((await posted).refused, "Failed to fetch");
    assert.equal(preflights.length, 1, "only the question reached the platform");
    assert.equal((await fetchIn(page, vapidKey())).refused, "Failed to fetch");
    await until("the console tells why", () =>
      errors.some((text) => text.includes("blocked by CORS policy")),
    );
    await page.close();
    const example = await visit(stranger);
    await example.getByText("Failed to fetch").waitFor();
    assert.equal(await example.locator("#state").textContent(), "waiting");
    await example.close();
  });

  test("without the app in the URL the browser refuses", async () => {
    const page = await context.newPage();
    await page.goto(site.origin);
    const nameless = `${world.runtime.apiUrl}/v1/client/tickets`;
    assert.equal((await fetchIn(page, nameless, bearer(app.token("ann")))).refused, "Failed to fetch");
    await page.close();
  });

  test("a page of the app's origin can read why it was refused", async () => {
    const other = await makeApp(world, "other", { origins: [site.origin] });
    const page = await context.newPage();
    await page.goto(site.origin);
    const refusals = {
      "a token that is none": await fetchIn(page, ticketsOf(app.id), bearer("nonsense")),
      "another app's token": await fetchIn(page, ticketsOf(app.id), bearer(other.token("ann"))),
    };
    const seen = Object.entries(refusals).map(([what, { status, code, refused }]) => [
      what,
      status,
      code ?? refused,
    ]);
    assert.deepEqual(seen, [
      ["a token that is none", 401, "unauthorized"],
      ["another app's token", 403, "forbidden"],
    ]);
    await page.close();
  });
});

/** Preflights are the browser's own: only its network log shows them. */
async function watchPreflights(
  context: BrowserContext,
  page: Page,
): Promise<{ url: string; status: number }[]> {
  const seen: { url: string; status: number }[] = [];
  const session = await context.newCDPSession(page);
  session.on("Network.responseReceived", ({ type, response: { url, status } }) => {
    if (type === "Preflight") seen.push({ url, status });
  });
  await session.send("Network.enable");
  return seen;
}
