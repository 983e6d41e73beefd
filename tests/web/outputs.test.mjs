import assert from "node:assert/strict";
import { test } from "node:test";

import {
  bandText,
  changeText,
  gapText,
  outputText,
  percent,
  probability,
  read,
  withUnit,
} from "../../assets/web/common/outputs.js";
import { places } from "../../assets/web/explorer/outcome.js";

const odds = { unit: "log-odds", bar: true, two_ways: true, full: 2.0, empty: -4.5 };
const cosine = { unit: "cosine × 100", bar: false, two_ways: false, full: 43.2, empty: 12 };
const shares = { unit: "share of replies", bar: true, two_ways: false, full: 0.75, empty: 0.1 };

test("percentages are those of views/outputs.py", () => {
  const pairs = [
    [1.0, "100 %"],
    [0.9999, "above 99.9 %"],
    [0.994, "99.4 %"],
    [0.82, "82 %"],
    [0.0312, "3.1 %"],
    [0.0035, "0.35 %"],
    [0.00002, "below 0.01 %"],
    [0.0, "below 0.01 %"],
  ];
  for (const [share, text] of pairs) assert.equal(percent(share), text);
  assert.equal(percent(1.2), "above 100 %");
  assert.equal(percent(-0.2), "below 0 %");
});

test("one choice turns every output, and only those that can be read in two ways", () => {
  read("probability");
  assert.equal(outputText(odds, 2), "88 %");
  assert.equal(withUnit(odds, -4.5), "1.1 %");
  assert.equal(outputText(cosine, 43.2), "+43.2");
  assert.equal(outputText(shares, 0.75), "75 %");
  read("log");
  assert.equal(outputText(odds, 2), "+2.00");
  assert.equal(withUnit(odds, -4.5), "−4.50 log-odds");
  assert.equal(withUnit(cosine, 43.2), "+43.2");
  assert.equal(outputText(shares, 0.75), "75 %");
  read("probability");
  assert.equal(probability(0, "log-probability"), 1);
  assert.equal(probability(1, "marks"), null);
});

test("differences are points of a percentage or numbers in the model's unit", () => {
  read("probability");
  assert.equal(changeText(odds, 2, 0), "−38 points");
  assert.equal(changeText(odds, 0, 0.1), "+2.5 points");
  assert.equal(gapText(odds, 2, 0), "38 points");
  assert.equal(bandText(odds, 0, 0.2), "5.0 points");
  assert.equal(changeText(cosine, 43, 40, 43), "−3.0");
  read("log");
  assert.equal(changeText(odds, 2, 0, 2), "−2.00");
  assert.equal(gapText(odds, 0, 2, 2), "2.00");
  assert.equal(bandText(odds, 0, 0.2, 2), "0.20");
  read("probability");
});

test("a band around an output is at least as wide as the output can move within it", () => {
  read("probability");
  for (const around of [-6, -1, 0, 0.4, 3])
    for (const band of [0.01, 0.5, 2]) {
      const wide = Number.parseFloat(bandText(odds, around, band));
      for (const to of [around - band, around + band])
        assert.ok(Number.parseFloat(gapText(odds, around, to)) <= wide + 0.051);
    }
});

test("the bar starts at everything hidden and ends at the answer, in either reading", () => {
  read("probability");
  const bar = places(odds);
  assert.ok(Math.abs(bar.from - 0.011) < 1e-3 && Math.abs(bar.to - 0.881) < 1e-3);
  assert.equal(bar.middle, 0.5);
  read("log");
  const log = places(odds);
  assert.ok(log.from >= 0 && log.from < 0.5 && log.to > 0.5 && log.to <= 1);
  const alone = places({ ...odds, unit: "log-probability", full: -0.2, empty: -6 });
  assert.ok(alone.from < alone.to && alone.to <= 1 && alone.from >= 0);
  assert.equal(alone.middle, null);
  read("probability");
});
