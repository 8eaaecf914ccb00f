import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { makeApp, startWorld, type TestApp, until, type World } from "../e2e/harness.ts";
import { inChromium } from "./chromium.ts";
import { type Site, serveExample } from "./site.ts";
import { connected, openExample, shown, titles, type Visit } from "./tab.ts";
import { withoutEcho } from "./without-echo.ts";

const MINUTE_MS = 60_000;

inChromium("the WebSocket from a page", (browser) => {
  let world: World;
  let app: TestApp;
  let site: Site;
  let context: BrowserContext;
  before(async () => {
    [world, site] = await Promise.all([startWorld(), serveExample()]);
    app = await makeApp(world, "socket", { origins: [site.origin] });
  });
  beforeEach(async () => {
    context = await browser().newContext();
    context.setDefaultTimeout(10_000);
  });
  afterEach(() => context.close());
  after(async () => {
    await site.close();
    await world.close();
  });

  const visit = async (user: string, more: Partial<Visit> = {}) => {
    await app.api.ok("PUT", `/v1/users/${user}`, {});
    return openExample({ context, site, world, app, user, ...more });
  };
  const send = (user: string, content: object) =>
    app.api.ok("POST", "/v1/notifications", { to: { users: [user] }, channels: ["inApp"], content });
  const connections = () => world.runtime.gateway?.connections() ?? [];
  const nobodyConnected = async () => {
    await until("all connections end", () => connections().length === 0);
    await world.runtime.clock.settled();
  };

  test("with a ticket: a message is shown and acknowledged; opened again, the page does not get it twice", async () => {
    const page = await visit("ann");
    const frames = sentFrames(page);
    await connected(page);
    await send("ann", { title: "first", body: "It arrives on Friday.", url: "https://shop.example/1" });
    await shown(page, "first");
    assert.equal(
      await page.getByRole("link", { name: "Open" }).getAttribute("href"),
      "https://shop.example/1",
    );
    await page.goto("about:blank");
    await nobodyConnected();
    assert.deepEqual(frames, [{ type: "ack", sequence: 1 }]);
    await page.goBack();
    await connected(page);
    // Messages keep their order: whatever came again would stand there before this one does.
    await send("ann", { title: "second" });
    await shown(page, "second");
    assert.deepEqual(await titles(page), ["second"]);
  });

  test("what was sent while the page was away arrives once, in order", async () => {
    const page = await visit("bob");
    await connected(page);
    await page.goto("about:blank");
    await nobodyConnected();
    for (const title of ["one", "two", "three"]) await send("bob", { title });
    await world.runtime.clock.settled();
    await page.goBack();
    await shown(page, "three");
    assert.deepEqual(await titles(page), ["three", "two", "one"]);
    await page.goto("about:blank");
    await nobodyConnected();
    await page.goBack();
    await connected(page);
    await send("bob", { title: "last" });
    await shown(page, "last");
    assert.deepEqual(await titles(page), ["last"]);
  });

  test("as a subprotocol: the platform names the one it chose, and without that the browser hangs up", async (t) => {
    const page = await visit("cat", { by: "subprotocol" });
    await connected(page);
    await send("cat", { title: "by subprotocol" });
    await shown(page, "by subprotocol");
    const proxy = await withoutEcho(world.runtime.webSocketUrl);
    t.after(proxy.close);
    const errors: string[] = [];
    page.on("console", (message) => errors.push(message.text()));
    const attempt = (url: string) =>
      page.evaluate<string>(`new Promise((resolve) => {
        const socket = new WebSocket("${url}?v=1", ["clarion.v1", "${app.token("cat")}"]);
        socket.onopen = () => resolve("open, " + socket.protocol);
        socket.onclose = ({ code }) => resolve("closed, " + code);
      })`);
    assert.equal(await attempt(world.runtime.webSocketUrl), "open, clarion.v1");
    assert.equal(await attempt(proxy.url), "closed, 1006");
    assert.deepEqual(proxy.upstreamStatuses, ["HTTP/1.1 101 Switching Protocols"]);
    assert.match(errors.join("\n"), /Sent non-empty 'Sec-WebSocket-Protocol' header but no response/);
  });

  test("a ticket opens one connection", async () => {
    const page = await context.newPage();
    const tickets: string[] = [];
    page.on("websocket", (socket) => tickets.push(new URL(socket.url()).searchParams.get("ticket") ?? ""));
    await visit("dan", { page });
    await connected(page);
    const [ticket] = tickets;
    assert.ok(ticket);
    const again = await page.evaluate<string>(`new Promise((resolve) => {
      const socket = new WebSocket("${world.runtime.webSocketUrl}?v=1&ticket=${ticket}");
      socket.onopen = () => resolve("open");
      socket.onclose = () => resolve("refused");
    })`);
    assert.equal(again, "refused");
  });

  test("text stays text: no message becomes markup or a script's link", async () => {
    const page = await visit("eve");
    await connected(page);
    const title = '<img src=x onerror="window.hacked=1">';
    await send("eve", { title, body: "<script>window.hacked = 2</script>" });
    await shown(page, title);
    assert.equal(await page.locator("article").locator("img, script").count(), 0);
    assert.equal(await page.evaluate("window.hacked"), undefined);
    const links = ["javascript:alert(1)", "data:text/html,x", "/here", "https://shop.example/"];
    assert.deepEqual(
      await page.evaluate(
        `import("./clarion.js").then(({ webUrl }) => ${JSON.stringify(links)}.map((link) => webUrl(link) ?? ""))`,
      ),
      ["", "", "", "https://shop.example/"],
    );
  });

  test("the same message twice on the wire is shown once", async () => {
    const page = await context.newPage();
    await page.routeWebSocket(/\/ws/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((frame) => {
        socket.send(frame);
        socket.send(frame);
      });
    });
    await visit("fay", { page });
    await connected(page);
    await send("fay", { title: "doubled" });
    await send("fay", { title: "after it" });
    await shown(page, "after it");
    assert.deepEqual(await titles(page), ["after it", "doubled"]);
  });

  test("a ping after seven minutes keeps a quiet connection; without one it ends after ten and is opened anew", async () => {
    const page = await context.newPage();
    await page.clock.install();
    const frames = sentFrames(page);
    await visit("gil", { page });
    await connected(page);
    await world.advance(7 * MINUTE_MS);
    await page.clock.fastForward(7 * MINUTE_MS);
    await until("the ping", () => frames.some(({ type }) => type === "ping"));
    await world.advance(7 * MINUTE_MS);
    assert.equal(await page.locator("#state").textContent(), "connected");
    assert.equal(connections().length, 1);
    await world.advance(4 * MINUTE_MS);
    await page.locator("#state[data-state=waiting]").waitFor();
    await send("gil", { title: "missed" });
    await page.clock.fastForward(1_000);
    await shown(page, "missed");
  });

  test("the page leaves before the gateway ends the connection after two hours, and comes back", async () => {
    const page = await context.newPage();
    await page.clock.install();
    let opened = 0;
    page.on("websocket", () => opened++);
    await visit("hal", { page });
    await connected(page);
    await page.clock.fastForward(114 * MINUTE_MS);
    await page.evaluate("1");
    assert.equal(await page.locator("#state").textContent(), "connected");
    await page.clock.fastForward(5 * MINUTE_MS);
    await page.locator("#state[data-state=waiting]").waitFor();
    await page.clock.fastForward(1_000);
    await connected(page);
    assert.equal(opened, 2);
  });

  test("the page fits a phone, and looks like the pictures in its folder", async (t) => {
    const kept = process.env["CLARION_SCREENSHOTS"];
    const folder = kept ?? mkdtempSync(join(tmpdir(), "clarion-screenshots-"));
    mkdirSync(folder, { recursive: true });
    const page = await visit("ivy");
    await connected(page);
    await send("ivy", {
      title: "Your order has shipped",
      body: "It arrives on Friday.",
      url: "https://shop.example/1",
    });
    await send("ivy", { title: "x".repeat(200), body: "A payment failed.", level: "error" });
    await shown(page, "x".repeat(200));
    for (const [name, width, height] of [
      ["desktop", 1000, 760],
      ["phone", 360, 740],
    ] as const) {
      await page.setViewportSize({ width, height });
      const overflow = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
      assert.ok(overflow <= 0, `${name}: ${overflow} px wider than the window`);
      await page.screenshot({ path: join(folder, `${name}.png`) });
    }
    if (kept === undefined) rmSync(folder, { recursive: true });
    else t.diagnostic(`pictures in ${folder}`);
  });
});

/** What the page sends, as it sends it. */
function sentFrames(page: Page): { type: string; sequence?: number }[] {
  const frames: { type: string; sequence?: number }[] = [];
  page.on("websocket", (socket) =>
    socket.on("framesent", ({ payload }) => frames.push(JSON.parse(String(payload)))),
  );
  return frames;
}
