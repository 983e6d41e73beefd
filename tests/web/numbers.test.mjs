import assert from "node:assert/strict";
import { test } from "node:test";

import {
  ascending,
  axis,
  clamp,
  clip,
  counted,
  digitsFor,
  plural,
  signed,
  unsigned,
} from "../../assets/web/common/numbers.js";

test("digits follow the scale, not the number", () => {
  const digits = [0, 1e-9, 0.004, 0.05, 0.1, 9.9, 10, 99, 100, 5000].map(digitsFor);
  assert.deepEqual(digits, [2, 8, 4, 3, 2, 2, 1, 1, 0, 0]);
});

test("a number has its sign, with a real minus", () => {
  assert.equal(signed(1.5, 3), "+1.50");
  assert.equal(signed(-1.5, 30), "−1.5");
  assert.equal(signed(-0.25), "−0.25");
});

test("what rounds to nothing has no sign", () => {
  assert.equal(signed(-0.001, 3), "0.00");
  assert.equal(signed(0), "0.00");
});

test("a size has no plus sign", () => {
  assert.equal(unsigned(0.5, 1), "0.50");
  assert.equal(unsigned(-0.5, 1), "−0.50");
});

test("counts are grouped, and one is one", () => {
  assert.equal(counted(12345), "12,345");
  assert.equal(plural(1, "word", "words"), "1 word");
  assert.equal(plural(0, "word", "words"), "0 words");
  assert.equal(plural(2000, "word", "words"), "2,000 words");
});

test("text is clipped by letters, never within one", () => {
  assert.equal(clip("abcdef", 6), "abcdef");
  assert.equal(clip("abcdef", 4), "abc…");
  assert.equal(clip("👍👍👍", 3), "👍👍👍");
  assert.equal(clip("👍👍👍", 2), "👍…");
});

test("an axis shows zero and every value that is there", () => {
  assert.deepEqual(axis([2, null, 5]), [0, 5]);
  assert.deepEqual(axis([-2, 1]), [-2, 1]);
  assert.deepEqual(axis([null]), [-1, 1]);
  assert.deepEqual(axis([]), [-1, 1]);
});

test("sorting is by size and leaves the original alone", () => {
  const given = [10, 9, 100];
  assert.deepEqual(ascending(given), [9, 10, 100]);
  assert.deepEqual(ascending(new Set(given)), [9, 10, 100]);
  assert.deepEqual(given, [10, 9, 100]);
});

test("clamping", () => {
  assert.deepEqual([clamp(-1, 0, 2), clamp(1, 0, 2), clamp(3, 0, 2)], [0, 1, 2]);
});
