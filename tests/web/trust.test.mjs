import assert from "node:assert/strict";
import { test } from "node:test";

import { lineOf } from "../../assets/web/explorer/trust.js";

const line = (level) => ({ trust: { line: { level, word: level, says: "…" } } });

test("while a run goes on nothing is judged badly yet", () => {
  for (const level of ["low", "bad"]) {
    assert.equal(lineOf({ ...line(level), live: { done: 40, total: 1000 } }).level, "early");
    assert.equal(lineOf(line(level)).level, level);
  }
  for (const level of ["good", "fair", "early", "nothing"])
    assert.equal(lineOf({ ...line(level), live: { done: 40, total: 1000 } }).level, level);
});
