import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";

const ROOT = resolve(import.meta.dirname, "../..");
const ASSEMBLIES = join(ROOT, ".clarion/assemblies");
const RUNBOOK = join(ROOT, "docs/operations/runbook.md");

/** The template that was synthesised or taken from the cache last (which touches its folder). */
function newestTemplate(): string | undefined {
  if (!existsSync(ASSEMBLIES)) return undefined;
  const [newest] = readdirSync(ASSEMBLIES)
    // `<digest>.<process>` is still being written.
    .filter((name) => /^[0-9a-f]+$/.test(name))
    .map((name) => ({ name, usedMs: statSync(join(ASSEMBLIES, name)).mtimeMs }))
    .sort((one, other) => other.usedMs - one.usedMs);
  return newest && join(ASSEMBLIES, newest.name, "ClarionService.template.json");
}

type Resource = { Type: string };

function alarmNames(file: string): string[] {
  const { Resources } = JSON.parse(readFileSync(file, "utf8")) as { Resources: Record<string, Resource> };
  return Object.entries(Resources)
    .filter(([, { Type }]) => Type === "AWS::CloudWatch::Alarm")
    .map(([id]) => id.replace(/^Alarms(.+)[0-9A-F]{8}$/, "$1"));
}

test("the runbook has an article for every alarm", (context) => {
  const template = newestTemplate();
  if (template === undefined)
    return context.skip("nothing was synthesised yet: .clarion/assemblies is empty");
  const names = alarmNames(template);
  assert.ok(names.length > 20, `only ${names.length} alarms in ${template}`);
  assert.ok(existsSync(RUNBOOK), "docs/operations/runbook.md is missing");
  const headings = readFileSync(RUNBOOK, "utf8")
    .split("\n")
    .flatMap((line) => /^## (\S+)\s*$/.exec(line)?.[1] ?? []);
  const lacking = names.filter((name) => !headings.includes(name));
  assert.deepEqual(lacking, [], "alarms without their heading `## <Name>` in docs/operations/runbook.md");
});
