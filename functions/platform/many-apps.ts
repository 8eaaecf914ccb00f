import { catalogStore } from "../storage/catalog.ts";
import { tableOf } from "./clients.ts";

/** Beyond so many apps their credentials are no longer a secret each: these cost a multiple of one key. */
export const MANY_APPS = 50;

export const haveManyApps = (): Promise<boolean> => catalogStore(tableOf("catalog")).moreAppsThan(MANY_APPS);
