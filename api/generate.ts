import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { documentText } from "./document.ts";

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8")) as {
  version: string;
};

writeFileSync(join(import.meta.dirname, "openapi.json"), documentText(version));
console.log("api/openapi.json written");
