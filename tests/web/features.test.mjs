import assert from "node:assert/strict";
import { test } from "node:test";

import * as features from "../../assets/web/common/features.js";

const data = {
  labels: ["not", "bad", "not", "extraordinarily"],
  occurrences: [1, 0, 12, 0],
  toward: ["negative", "positive"],
  index: "FBII",
};

test("a key and its features", () => {
  assert.equal(features.keyOf([0, 12, 3]), "0,12,3");
  assert.deepEqual(features.featuresOf("0,12,3"), [0, 12, 3]);
  assert.deepEqual(features.featuresOf(features.keyOf([])), []);
});

test("equal words are told apart by a number below", () => {
  assert.equal(features.nameText(data, 0), "not₁");
  assert.equal(features.nameText(data, 1), "bad");
  assert.equal(features.namesText(data, [0, 1, 2]), "not₁ · bad · not₁₂");
});

test("a clipped label keeps the number", () => {
  assert.equal(features.nameLabel(data, 3, 6), "extra…");
  assert.equal(features.nameLabel(data, 2, 2), "n…₁₂");
});

test("a push points to one of the two outputs", () => {
  assert.equal(features.towardName(data, -1), "towards negative");
  assert.equal(features.towardName(data, 1), "towards positive");
});

test("one effect has one number, with the figures of all that is shown", () => {
  assert.equal(features.effectText({ scale: 0.05 }, -0.0123), "−0.012");
  assert.equal(features.effectText({ scale: 12 }, -0.0123), "0.0");
});
