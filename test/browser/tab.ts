import type { BrowserContext, Page } from "playwright-core";
import type { TestApp, World } from "../e2e/harness.ts";
import type { Site } from "./site.ts";

export type Visit = {
  context: BrowserContext;
  site: Site;
  world: World;
  app: TestApp;
  user: string;
  by?: "ticket" | "subprotocol";
  /** An empty tab that the test has prepared. */
  page?: Page;
};

/** The example in a tab, connected as a user would: by its form. */
export async function openExample(visit: Visit): Promise<Page> {
  const { context, site, world, app, user, by = "ticket", page = await context.newPage() } = visit;
  const query = { api: world.runtime.apiUrl, socket: world.runtime.webSocketUrl, app: app.id, by };
  await page.goto(`${site.origin}/?${new URLSearchParams(query)}`);
  await page.getByLabel("Token").fill(app.token(user));
  await page.getByRole("button", { name: "Connect" }).click();
  return page;
}

export const connected = (page: Page): Promise<void> =>
  page.locator("#state[data-state=connected]").waitFor();

/** Titles on the page, newest first. */
export const titles = (page: Page): Promise<string[]> => page.locator("article h2").allTextContents();

/** Waits for a message on the page. */
export const shown = (page: Page, title: string): Promise<void> =>
  page.locator("article h2").getByText(title, { exact: true }).waitFor();

/** What a script in the page gets to see of an answer; `refused` when the browser keeps it back. */
export type Seen = { status?: number; rateLimit?: string | null; code?: string; refused?: string };

export function fetchIn(page: Page, url: string, init: object = {}): Promise<Seen> {
  return page.evaluate<Seen>(
    `fetch(${JSON.stringify(url)}, ${JSON.stringify(init)}).then(
      async (answer) => ({
        status: answer.status,
        rateLimit: answer.headers.get("ratelimit-limit"),
        code: (await answer.json()).code,
      }),
      (error) => ({ refused: error.message }),
    )`,
  );
}
