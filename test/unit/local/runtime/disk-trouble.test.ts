import assert from "node:assert/strict";
import { test } from "node:test";
import { diskTrouble } from "../../../../local/runtime/disk-trouble.ts";

const withCode = (code: string) => Object.assign(new Error("open clock.json"), { code });

test("a disk that takes nothing is told from every other failure", () => {
  for (const code of ["ENOSPC", "EROFS", "EACCES", "EFBIG"])
    assert.match(diskTrouble(withCode(code)) ?? "", /does not take what is written \(open clock\.json\)/);
  for (const said of ["database or disk is full", "disk I/O error", "attempt to write a readonly database"])
    assert.ok(diskTrouble(new Error(`InternalServerError: ${said}`)), said);
  for (const other of [new Error("connection reset"), withCode("ECONNREFUSED"), "ENOSPC", undefined])
    assert.equal(diskTrouble(other), undefined);
});
