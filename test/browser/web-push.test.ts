import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { ended, makeApp, startWorld, type TestApp, until, type World } from "../e2e/harness.ts";
import { inChromium } from "./chromium.ts";
import { clickOn, serviceWorkerOf, type WorkerRemote } from "./service-worker.ts";
import { type Site, serveExample } from "./site.ts";
import { connected, openExample } from "./tab.ts";

type Payload = Record<string, unknown>;

/** One browser of one user; only its push service is a fake, and the fake's log is what it would have got. */
inChromium("Web Push in a browser", (browser) => {
  let world: World;
  let app: TestApp;
  let site: Site;
  let context: BrowserContext;
  let page: Page;
  let worker: WorkerRemote;
  let subscribedWith: Payload;
  before(async () => {
    [world, site] = await Promise.all([startWorld(), serveExample()]);
    app = await makeApp(world, "push", { origins: [site.origin] });
    context = await browser().newContext();
    context.setDefaultTimeout(10_000);
    await context.grantPermissions(["notifications"], { origin: site.origin });
    page = await context.newPage();
    await page.exposeFunction("subscribeAtFake", (options: Payload) => {
      subscribedWith = options;
      return world.fakes.webpush.subscribe({ vapidPublicKey: String(options["applicationServerKey"]) });
    });
    await page.addInitScript(`
      let subscription = null;
      PushManager.prototype.getSubscription = async () => subscription;
      PushManager.prototype.subscribe = async (options) => {
        const fields = await subscribeAtFake(options);
        subscription = { toJSON: () => ({ ...fields, expirationTime: null }), unsubscribe: async () => !(subscription = null) };
        return subscription;
      };`);
    await app.api.ok("PUT", "/v1/users/ann", {});
    await openExample({ context, site, world, app, user: "ann", page });
    await connected(page);
    await page.getByRole("button", { name: "Allow pushes" }).click();
    await page.getByText("This browser gets pushes.").waitFor();
    worker = await serviceWorkerOf(page);
  });
  beforeEach(() => worker.clear());
  after(async () => {
    await site.close();
    await world.close();
  });

  const accept = (content: object) =>
    app.api.ok("POST", "/v1/notifications", { to: { users: ["ann"] }, channels: ["webPush"], content });
  /** Sends, and returns what the push service got for this browser. */
  const push = async (content: object): Promise<Payload> => {
    const { id } = await accept(content);
    await ended(app, id);
    return payloadsOf(id).at(-1)!;
  };
  const payloadsOf = (id: unknown): Payload[] =>
    world.fakes.webpush.received
      .filter(({ status }) => status === 201)
      .map(({ payload }) => payload as Payload)
      .filter(({ notificationId }) => notificationId === id);

  const devices = async () => {
    const user = await app.api.ok("GET", "/v1/users/ann");
    return user["devices"] as { id: string; platform: string; tokens: { kind: string; hash: string }[] }[];
  };

  test("the page subscribes with the app's key and registers the browser as a device of its user", async () => {
    assert.deepEqual(subscribedWith, { userVisibleOnly: true, applicationServerKey: app.vapidPublicKey });
    const [device, ...others] = await devices();
    assert.deepEqual(others, []);
    assert.match(String(device?.id), /^browser-[0-9a-f-]{36}$/);
    assert.deepEqual([device?.platform, device?.tokens.map(({ kind }) => kind)], ["web", ["webpush"]]);
  });

  test("at the next start it registers again; a subscription of another key is made anew", async () => {
    const before = await devices();
    // What a real PushManager says when the app's key is not the one the subscription was made with.
    await page.evaluate(`(() => {
      const { subscribe } = PushManager.prototype;
      PushManager.prototype.subscribe = async function (options) {
        if (await this.getSubscription()) throw new DOMException("another key", "InvalidStateError");
        return subscribe.call(this, options);
      };
    })()`);
    await page.getByText("Connection", { exact: true }).click();
    const registered = page.waitForResponse((response) => response.request().method() === "PUT");
    await page.getByRole("button", { name: "Connect" }).click();
    assert.equal((await registered).status(), 200);
    const after = await devices();
    assert.deepEqual(
      after.map(({ id }) => id),
      before.map(({ id }) => id),
    );
    assert.notEqual(after[0]?.tokens[0]?.hash, before[0]?.tokens[0]?.hash);
  });

  test("the real PushManager takes the platform's key, and no other text", async () => {
    const untouched = await browser().newContext();
    await untouched.grantPermissions(["notifications"], { origin: site.origin });
    const tab = await untouched.newPage();
    await tab.goto(site.origin);
    const subscribe = (key: string) =>
      tab.evaluate<string>(`navigator.serviceWorker.register("./service-worker.js")
        .then(() => navigator.serviceWorker.ready)
        .then(({ pushManager }) => pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: "${key}" }))
        .then(() => "subscribed", (error) => error.name)`);
    // The key has passed when what fails is the push service: a browser for tests has none.
    assert.equal(await subscribe(app.vapidPublicKey), "AbortError");
    assert.equal(await subscribe(app.vapidPublicKey.slice(0, -8)), "InvalidAccessError");
    await untouched.close();
  });

  test("what the platform sends is what is shown: texts, pictures, buttons, tag and data", async () => {
    const content = {
      title: "Your order has shipped",
      body: "It arrives on Friday.",
      icon: "https://shop.example/icon.png",
      image: "https://shop.example/parcel.jpg",
      badgeIcon: "https://shop.example/badge.png",
      tag: "order-1701",
      url: "https://shop.example/orders/1701",
      actions: [{ id: "track", title: "Track", url: "https://shop.example/track/1701" }],
      data: { order: "1701" },
      eventTime: "2025-06-15T12:00:00Z",
      web: { requireInteraction: true, renotify: true, vibrate: [200, 100, 200], dir: "rtl", lang: "ar" },
    };
    const payload = await push(content);
    assert.equal(await worker.deliver(payload), "Success");
    const [one, ...others] = await worker.notifications();
    assert.deepEqual(others, []);
    assert.deepEqual(one, {
      title: content.title,
      body: content.body,
      icon: content.icon,
      image: content.image,
      badge: content.badgeIcon,
      tag: content.tag,
      requireInteraction: true,
      renotify: true,
      silent: false,
      vibrate: [200, 100, 200],
      dir: "rtl",
      lang: "ar",
      timestamp: Date.parse(content.eventTime),
      actions: [{ action: "track", title: "Track" }],
      data: payload,
    });
    assert.equal(one?.data["order"], "1701");
  });

  test("Safari's declarative form is shown by the worker as the plain one is", async () => {
    const subscription = world.fakes.webpush.subscribe({ vapidPublicKey: app.vapidPublicKey, by: "safari" });
    const tokens = [{ kind: "webpush", ...subscription }];
    await app.api.ok("PUT", "/v1/users/sue/devices/safari", { platform: "web", tokens });
    const content = {
      title: "Quiet",
      body: "b",
      tag: "q",
      url: "https://shop.example/q",
      web: { silent: true },
    };
    const { id } = await app.api.ok("POST", "/v1/notifications", {
      to: { users: ["ann", "sue"] },
      channels: ["webPush"],
      content,
    });
    await ended(app, id);
    const [declared, plain] = [true, false].map((is) =>
      payloadsOf(id).find((one) => "web_push" in one === is),
    );
    assert.equal(declared?.["web_push"], 8030);
    const seen = [];
    for (const payload of [declared, plain]) {
      await worker.clear();
      assert.equal(await worker.deliver(payload), "Success");
      const all = await worker.notifications();
      assert.deepEqual(
        all.map(({ data }) => data["url"]),
        [content.url],
      );
      const { data: _data, ...one } = all[0]!;
      seen.push(one);
    }
    assert.deepEqual(seen[0], seen[1]);
    const { title, body, silent } = seen[0]!;
    assert.deepEqual([title, body, silent], ["Quiet", "b", true]);
  });

  test("the number on the app's icon is the content's; without one it stays", async () => {
    const told = await context.serviceWorkers()[0]!.evaluate<unknown[]>(`(async () => {
      const told = [];
      self.navigator.setAppBadge = async (count) => { told.push(count); };
      const data = (payload) => ({ json: () => payload });
      await show(data({ title: "Three", badgeCount: 3 }));
      await show(data({ title: "None" }));
      return told;
    })()`);
    assert.deepEqual(told, [3]);
  });

  test("sent twice because an answer was lost: shown twice in a browser: 0", async (t) => {
    world.fakes.faults.set({ provider: "webpush", kind: "loseAnswer", times: 1 });
    const { id } = await accept({ title: "Once" });
    await until("the first request", () => payloadsOf(id).length === 1);
    await world.advance(30_000);
    await ended(app, id);
    const sent = payloadsOf(id);
    assert.equal(sent.length, 2, "the push service got it twice");
    const displaysBefore = worker.displays();
    for (const payload of sent) await worker.deliver(payload);
    const all = await worker.notifications();
    assert.equal(worker.displays() - displaysBefore, 2);
    assert.deepEqual(
      all.map(({ title, tag }) => [title, tag]),
      [["Once", id]],
    );
    t.diagnostic(`pushes 2, shown twice in a browser: ${all.length - 1}`);
  });

  test("a later one with the same tag takes the place of the first; one without a tag stands beside it", async () => {
    await worker.deliver(await push({ title: "Order 7", body: "packed", tag: "order-7" }));
    await worker.deliver(await push({ title: "Order 7", body: "shipped", tag: "order-7" }));
    await worker.deliver(await push({ title: "News" }));
    const all = (await worker.notifications()).map(({ title, body }) => `${title} ${body}`);
    assert.deepEqual(all.sort(), ["News ", "Order 7 shipped"]);
  });

  test("markup in a title is text", async () => {
    const title = '<img src=x onerror="alert(1)">';
    await worker.deliver(await push({ title }));
    assert.deepEqual(
      (await worker.notifications()).map((one) => one.title),
      [title],
    );
  });

  test("a push shows something in every case", async () => {
    const cases: [string, unknown, string][] = [
      ["no title", await push({ body: "only a body" }), "New message|only a body"],
      [
        "options that the browser refuses",
        await push({ title: "Odd", body: "b", data: { dir: "up" } }),
        "Odd|b",
      ],
      ["the developer tools' own text", "Test push message", "New message|Test push message"],
      ["nothing", "", "New message|"],
    ];
    for (const [what, payload, expected] of cases) {
      await worker.clear();
      assert.equal(await worker.deliver(payload), "Success", what);
      const all = await worker.notifications();
      assert.deepEqual(
        all.map(({ title, body }) => `${title}|${body}`),
        [expected],
        what,
      );
    }
  });

  test("a click opens the notification's or the button's address, and web addresses only", async () => {
    const actions = [{ id: "track", title: "Track", url: "https://shop.example/track" }];
    const payload = await push({ title: "Click", tag: "click", url: "https://shop.example/1", actions });
    assert.deepEqual(await click(payload, ""), { opened: ["https://shop.example/1"], focused: 0, left: 0 });
    assert.deepEqual(await click(payload, "track"), {
      opened: ["https://shop.example/track"],
      focused: 0,
      left: 0,
    });
    const here = { opened: [], focused: 1, left: 0 };
    for (const url of ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "not a url"])
      assert.deepEqual(await click({ ...payload, url }, ""), here, url);
    assert.deepEqual(await click(await push({ title: "No address", tag: "click" }), ""), here);
    assert.deepEqual(
      await click({ ...payload, url: page.url() }, ""),
      here,
      "an open page comes to the front",
    );
  });

  test("at log-out the device is gone, and nothing more is sent there", async () => {
    await page.getByRole("button", { name: "Stop them" }).click();
    await page.getByText("This browser gets no pushes.").waitFor();
    const before = world.fakes.webpush.received.length;
    const { id } = await accept({ title: "Too late" });
    await ended(app, id);
    assert.equal(world.fakes.webpush.received.length, before);
  });

  async function click(payload: Payload, action: string) {
    assert.equal(await worker.deliver(payload), "Success");
    return clickOn(context, "click", action);
  }
});
