import { defineConfig } from "./lib/config/config.ts";

/** Your deployment. Every key is optional; docs/configuration.md lists them all with their defaults. */
export const config = defineConfig({});
