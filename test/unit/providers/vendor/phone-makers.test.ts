import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { VENDOR_CLASSES } from "../../../../functions/core/credentials/vendor-settings.ts";
import type { Target } from "../../../../functions/core/dispatch/provider.ts";
import { HONOR_CODES } from "../../../../functions/providers/honor/codes.ts";
import { HONOR_CLASSES, honorVerdicts } from "../../../../functions/providers/honor/outcome.ts";
import { MI_CODES } from "../../../../functions/providers/mi/codes.ts";
import { MI_CLASSES, miVerdicts } from "../../../../functions/providers/mi/outcome.ts";
import { OPPO_CODES } from "../../../../functions/providers/oppo/codes.ts";
import { OPPO_CLASSES, oppoVerdicts } from "../../../../functions/providers/oppo/outcome.ts";
import type { VendorAnswer } from "../../../../functions/providers/vendor/client.ts";
import { classifier, type Verdict } from "../../../../functions/providers/vendor/verdict.ts";
import { VIVO_CODES } from "../../../../functions/providers/vivo/codes.ts";
import { VIVO_CLASSES, vivoVerdicts } from "../../../../functions/providers/vivo/outcome.ts";

type Judge = (answer: VendorAnswer, targets: readonly Target[]) => Verdict[];
const JUDGES: Record<string, Judge> = {
  honor: (answer, targets) => honorVerdicts(answer, targets, classifier(HONOR_CLASSES), 0),
  mi: (answer, targets) => miVerdicts(answer, targets, classifier(MI_CLASSES), 0),
  oppo: (answer, targets) => oppoVerdicts(answer, targets, classifier(OPPO_CLASSES), 0),
  vivo: (answer, targets) =>
    vivoVerdicts(answer, targets, { classOf: classifier(VIVO_CLASSES), nowMs: 0, taskId: "t" }),
};
const TABLES = { honor: HONOR_CODES, mi: MI_CODES, oppo: OPPO_CODES, vivo: VIVO_CODES };

test("every code has one English and one Chinese sentence", () => {
  for (const [name, codes] of Object.entries(TABLES))
    for (const [code, { en, zh }] of Object.entries(codes)) {
      assert.match(en, /^[A-Z].*\.$/, `${name} ${code}`);
      assert.match(zh, /\p{Script=Han}.*。$/u, `${name} ${code}`);
    }
});

test("whatever an answer holds, each target has a verdict whose code can be kept", () => {
  const targets = ["a", "b", "c"].map((token) => ({ token }) as Target);
  const odd = fc.oneof(
    fc.anything(),
    fc.constantFrom<unknown>(0, 200, "0", "a", "a,b", ["a", null], [{ userid: "a", status: {} }]),
    fc.array(
      fc.record({ registrationId: fc.anything(), errorCode: fc.anything(), messageId: fc.anything() }),
    ),
    fc.record({ id: fc.anything(), bad_regids: fc.anything(), expireTokens: fc.anything() }),
  );
  const names = ["code", "result", "data", "invalidUser", "invalidUsers", "taskId", "info"];
  const json = fc.dictionary(fc.constantFrom(...names), odd);
  const classes = new Set<string>([...VENDOR_CLASSES, "doubt"]);
  const check = fc.property(json, fc.constantFrom(200, 204, 302, 401, 429, 500, 503), (body, status) => {
    for (const [name, judge] of Object.entries(JUDGES)) {
      const verdicts = judge({ status, headers: {}, json: body }, targets);
      assert.equal(verdicts.length, targets.length, name);
      for (const verdict of verdicts) {
        assert.ok(classes.has(verdict.class), `${name}: ${verdict.class}`);
        assert.match(verdict.code, /^-?[\w.]{1,12}$/, name);
        assert.ok((verdict.providerId ?? "").length <= 64, name);
        if (status >= 300) assert.notEqual(verdict.class, "ok", `${name} ${status}`);
      }
    }
  });
  fc.assert(check, { numRuns: 2_000 });
});
