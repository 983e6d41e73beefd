import assert from "node:assert/strict";
import { test } from "node:test";

import { graphOf } from "../../assets/web/explorer/graph_layout.js";
import { pairsOf } from "../../assets/web/explorer/pairs.js";
import { passing } from "../../assets/web/explorer/passing.js";
import { freshState } from "../../assets/web/explorer/state.js";

const row = (features, value, number, extra = {}) => ({
  features,
  value,
  push: Math.sign(value),
  number,
  order: features.length,
  weak: false,
  ...extra,
});

const ROWS = [
  row([0, 2], 2, 1),
  row([1], -1, 0),
  row([0, 1, 3], -0.5, 2),
  row([0], 0.4, 0),
  row([3, 4], 0.1, 0, { weak: true }),
];

function appOf(rows, n = 5) {
  const texts = Array.from({ length: n }, (_, f) => `w${f}`);
  const tints = texts.map((_, f) => rows.find((known) => known.order === 1 && known.features[0] === f)?.push || 0);
  const data = { run: "r", n, size: "small", table: { rows }, labels: texts, heat: { texts, tints } };
  return { data, state: freshState(data) };
}

const membersOf = (rows) => rows.map((known) => known.features);

test("badges are those of the groups that the filters let through", () => {
  const app = appOf(ROWS);
  assert.deepEqual(passing(app).badges, [[1, 2], [2], [1], [2], []]);
  app.state.sign = -1;
  assert.deepEqual(passing(app).badges, [[2], [2], [], [2], []]);
  app.state.sign = 0;
  app.state.word = "w2";
  assert.deepEqual(passing(app).badges, [[1], [], [1], [], []]);
});

test("every listed number stands on its members, however weak the rows that pass", () => {
  const rows = Array.from({ length: 40 }, (_, at) => row([at, at + 1], 40 - at, at + 1));
  const app = appOf(rows, 41);
  app.state.word = "w40";
  assert.deepEqual(membersOf(passing(app).groups), [[39, 40]]);
  assert.deepEqual(passing(app).badges[40], [40]);
  app.state.word = "";
  assert.deepEqual(passing(app).badges[12], [12]);
  assert.deepEqual(passing(app).badges[13], []);
});

test("what hardly reappears stands apart and is on no word", () => {
  const { rows, weak, groups, badges } = passing(appOf(ROWS));
  assert.deepEqual(membersOf(weak), [[3, 4]]);
  assert.deepEqual(membersOf(rows), [
    [0, 2],
    [0, 1, 3],
  ]);
  assert.deepEqual(groups, rows);
  assert.deepEqual(badges[4], []);
});

test("filters by direction and by word take the colour from the others, sizes do not", () => {
  const app = appOf(ROWS);
  assert.equal(passing(app).muted.size, 0);
  app.state.orders = 3;
  assert.equal(passing(app).muted.size, 0);
  Object.assign(app.state, { orders: "all", sign: 1 });
  assert.deepEqual([...passing(app).muted], [1, 2, 3, 4]);
  Object.assign(app.state, { sign: 0, word: "w2" });
  assert.deepEqual([...passing(app).muted], [1, 3, 4]);
});

test("the graph spreads both sides and keeps the reading order", () => {
  const { features, groups } = graphOf([row([3, 4], 1, 1), row([4, 6], -1, 2), row([0, 3], 1, 3)]);
  assert.deepEqual(
    features.map(([f]) => f),
    [0, 3, 4, 6],
  );
  assert.deepEqual(
    groups.map(([known]) => known.number),
    [3, 1, 2],
  );
  for (const side of [features, groups])
    for (const [at, [, y]] of side.entries()) assert.ok(y > 0 && y < 1 && (at === 0 || y > side[at - 1][1]));
  const many = Array.from({ length: 30 }, (_, at) => row([at, at + 1], 30 - at, at + 1));
  assert.equal(graphOf(many).groups.length, 20);
});

test("a cell holds the pair's own row and counts the larger groups", () => {
  const pair = row([3, 4], -1.9, 1);
  const matrix = pairsOf([pair, row([3, 4, 6], 0.3, 2)]);
  assert.deepEqual(matrix.features, [3, 4, 6]);
  assert.deepEqual(
    matrix.cells.map((cell) => [cell.a, cell.b, cell.row, cell.larger]),
    [
      [3, 4, pair, 1],
      [3, 6, null, 1],
      [4, 6, null, 1],
    ],
  );
  assert.equal(matrix.largest, 1.9);
  assert.deepEqual(pairsOf([]), { features: [], cells: [], largest: 0 });
});

test("the features in the strongest groups are kept", () => {
  const rows = Array.from({ length: 20 }, (_, at) => row([2 * at, 2 * at + 1], 1 + at, 20 - at));
  assert.deepEqual(
    pairsOf(rows).features,
    Array.from({ length: 24 }, (_, at) => 16 + at),
  );
});
