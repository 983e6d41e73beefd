import assert from "node:assert/strict";
import { test } from "node:test";

import { outputText, says, stepsOf } from "../../assets/web/explorer/waterfall.js";

const data = {
  labels: ["not", "bad", "film"],
  occurrences: [0, 0, 0],
  toward: ["negative", "positive"],
  nouns: "words",
  value_unit: "log-odds",
  waterfall: {
    index: "Faith-Shapley",
    order: 2,
    start: -0.5,
    end: 2.25,
    steps: [
      { features: [0, 1], value: 3.5 },
      { features: [1], value: -1 },
    ],
    rest: 0.125,
    others: 4,
    missed: 0.125,
  },
};

test("every bar starts where the last one ends, and the last ends at the answer", () => {
  const bars = stepsOf(data);
  assert.deepEqual(
    bars.map((bar) => bar.name),
    ["all hidden", "not · bad", "bad", "4 others", "not explained", "the answer"],
  );
  for (const [at, bar] of bars.slice(1).entries()) assert.equal(bar.from, bars[at].to);
  assert.equal(bars.at(-1).to, 2.25);
  const moved = bars.slice(1, -1).reduce((sum, bar) => sum + bar.value, bars[0].value);
  assert.equal(moved, bars.at(-1).value);
});

test("what rounds to nothing has no bar", () => {
  const waterfall = { ...data.waterfall, missed: 1e-9, rest: 0 };
  const names = stepsOf({ ...data, waterfall }).map((bar) => bar.name);
  assert.deepEqual(names, ["all hidden", "not · bad", "bad", "the answer"]);
});

test("log-odds are a probability too, other units are not", () => {
  assert.equal(outputText(data, 0), "0.00 (50 %)");
  assert.equal(outputText(data, 2.25), "+2.25 (90 %)");
  assert.equal(outputText({ ...data, value_unit: "score" }, 2.25), "+2.25");
});

test("it says whose numbers these are", () => {
  assert.match(
    says(data),
    /^Faith-Shapley values of single words and pairs.*not the numbers of the table\. The 4 others/,
  );
});
