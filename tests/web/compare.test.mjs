import assert from "node:assert/strict";
import { test } from "node:test";

import * as Changes from "../../assets/web/compare/changes.js";
import { isSame, lightOf } from "../../assets/web/compare/light.js";

const SAME = "the same";
const side = (value, extra = {}) => ({ value, low: null, high: null, listed: true, features: [], ...extra });

function counts(changed) {
  const statuses = ["appeared", "vanished", "changed sign", "stronger", "weaker", SAME];
  return { rows: [{}], statuses, same: SAME, counts: changed };
}

test("a summary counts what changed, the most telling first, and what did not", () => {
  assert.equal(
    Changes.summary(counts({ appeared: 2, weaker: 1, [SAME]: 3 })),
    "2 interactions appeared, 1 got weaker; 3 are the same within error.",
  );
  assert.equal(Changes.summary(counts({ vanished: 1 })), "1 interaction vanished.");
});

test("a summary without changes", () => {
  assert.equal(
    Changes.summary(counts({ [SAME]: 1 })),
    "No interaction changed beyond its error. 1 is the same within error.",
  );
  assert.equal(Changes.summary(counts({})), "No interaction changed beyond its error.");
  assert.match(Changes.summary({ ...counts({}), rows: [] }), /^Neither run has an interaction/);
});

test("a weak fit is named, two are named together", () => {
  const data = (...tones) => ({ sides: tones.map((tone) => ({ trust: { tone } })) });
  assert.equal(Changes.caution(data("good", "good")), "");
  assert.match(Changes.caution(data("good", "low")), /^R² of B is low/);
  assert.match(Changes.caution(data("bad", "low")), /^R² of A and B is low/);
});

test("changes are all but the same, and an order is one or more", () => {
  const found = (status, orders) =>
    [
      { status: "appeared", order: 1 },
      { status: "weaker", order: 2 },
      { status: SAME, order: 2 },
    ]
      .filter((row) => Changes.passes(SAME, { status, orders }, row))
      .map((row) => `${row.status} ${row.order}`);
  assert.deepEqual(found("changes", "all"), ["appeared 1", "weaker 2"]);
  assert.deepEqual(found("changes", "joint"), ["weaker 2"]);
  assert.deepEqual(found("changes", "single"), ["appeared 1"]);
  assert.deepEqual(found(SAME, "all"), [`${SAME} 2`]);
});

test("new data keep the orders that were chosen, and nothing else", () => {
  assert.deepEqual(Changes.freshFilters(undefined), { status: "changes", orders: "all", shown: 12 });
  const before = { status: "weaker", orders: "joint", shown: 72, hover: {} };
  assert.deepEqual(Changes.freshFilters(before), { status: "changes", orders: "joint", shown: 12 });
});

test("a row is named as the run names it that has all its members", () => {
  assert.equal(Changes.home({ only: "a", b: side(1) }), 0);
  assert.equal(Changes.home({ only: "b", b: side(1) }), 1);
  assert.equal(Changes.home({ only: null, b: side(0, { listed: false }) }), 0);
  assert.equal(Changes.home({ only: null, b: side(1) }), 1);
});

test("values with their range, and those that are not there", () => {
  assert.equal(Changes.rangeText(side(1), 2), "+1.00");
  assert.equal(Changes.rangeText(side(-1, { low: -2, high: 0.5 }), 2), "−1.00 (−2.00 to +0.50)");
  assert.equal(Changes.rangeText(side(1, { listed: false }), 2), "not found");
  assert.equal(Changes.valueText(side(1, { listed: false }), 2), "–");
});

const DATA = {
  comparable: true,
  partners: [
    [1, -1],
    [-1, 0],
  ],
  rows: [
    { a: side(1, { features: [0] }), b: side(1, { features: [1] }) },
    { a: side(1, { features: [0, 1] }), b: side(0, { features: [] }) },
  ],
};

const plain = ({ words, rows, near }) => ({ words: words.map((set) => [...set]), rows: [...rows], near: [...near] });

test("a row lights up its members on both sides", () => {
  assert.deepEqual(plain(lightOf(DATA, { row: 0 })), { words: [[0], [1]], rows: [0], near: [] });
});

test("a word lights up its partner and the rows that hold it", () => {
  assert.deepEqual(plain(lightOf(DATA, { side: 0, feature: 0 })), { words: [[0], [1]], rows: [], near: [0, 1] });
  assert.deepEqual(plain(lightOf(DATA, { side: 0, feature: 1 })), { words: [[1], []], rows: [], near: [1] });
});

test("where runs cannot be compared a word has no partner", () => {
  const apart = { comparable: false, rows: [] };
  assert.deepEqual(plain(lightOf(apart, { side: 1, feature: 5 })), { words: [[], [5]], rows: [], near: [] });
});

test("nothing lights up nothing", () => {
  assert.deepEqual(plain(lightOf(DATA, null)), { words: [[], []], rows: [], near: [] });
  assert.equal(isSame(null, null), true);
  assert.equal(isSame({ row: 1 }, { row: 2 }), false);
});

test("words that a verdict names light up in both texts, and near them the row that is about them", () => {
  const named = {
    features: [[0, 1], []],
  };
  assert.deepEqual(plain(lightOf(DATA, named)), { words: [[0, 1], []], rows: [], near: [1] });
});

test("what matters for the verdict is listed although it stayed the same", () => {
  const passes = (row) => Changes.passes(SAME, { status: "changes", orders: "all" }, row);
  assert.equal(passes({ status: SAME, order: 2, why: "carries the answer" }), true);
  assert.equal(passes({ status: SAME, order: 2, why: "" }), false);
});
