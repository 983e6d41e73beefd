import assert from "node:assert/strict";
import { test } from "node:test";

import { standing } from "../../assets/web/explorer/marks.js";
import {
  addressOf,
  freshState,
  kindOf,
  ofOrder,
  passes,
  resolve,
  select,
  settle,
  stateFor,
  toggleHidden,
} from "../../assets/web/explorer/state.js";

const row = (features, value, number) => ({
  features,
  value,
  push: Math.sign(value),
  number,
  order: features.length,
});

const ROWS = [row([0, 2], 2, 1), row([1], -1, 0), row([0, 1, 3], -0.5, 2), row([3, 4], 0.1, 13)];

function appOf(rows = ROWS, extra = {}) {
  const texts = ["Not", "so", "bad", "is", "it"];
  const data = { run: "r", n: 5, size: "small", table: { rows }, labels: texts, heat: { texts }, ...extra };
  return {
    data,
    state: freshState(data),
    rowByKey: new Map(rows.map((known) => [known.features.join(","), known])),
    rowsOf: texts.map((_, f) => rows.filter((known) => known.features.includes(f))),
    mirror() {},
    paint() {},
    paintHidden() {},
  };
}

const filtered = (app) => app.data.table.rows.filter((known) => passes(app, known)).map((known) => known.features);

test("at first groups are listed where there are any", () => {
  assert.equal(appOf().state.orders, "joint");
  assert.equal(appOf([row([1], 1, 0)]).state.orders, "all");
});

test("the first tab is one that has something to show", () => {
  assert.equal(appOf().state.tab, "waterfall");
  assert.equal(appOf(ROWS, { size: "large" }).state.tab, "score");
  assert.equal(appOf([row([1], 1, 0)]).state.tab, "waterfall");
});

test("what nobody has chosen follows the data, what somebody has stays", () => {
  const app = appOf([]);
  assert.deepEqual([app.state.orders, app.state.tab], ["all", "waterfall"]);
  app.data = appOf().data;
  settle(app);
  assert.deepEqual([app.state.orders, app.state.tab], ["joint", "waterfall"]);
  Object.assign(app.state, { orders: 1, tab: "data", chosen: new Set(["orders", "tab"]) });
  settle(app);
  assert.deepEqual([app.state.orders, app.state.tab], [1, "data"]);
  app.data = appOf([row([0, 2], 2, 1)]).data;
  settle(app);
  assert.equal(app.state.orders, "joint");
});

test("what a link selects is listed, and what is not in the input left out", () => {
  const rows = Array.from({ length: 20 }, (_, at) => row([at, at + 1], 1, at + 1));
  const state = freshState({ n: 21, size: "small", table: { rows }, selection: [15, 16], hidden: [3, 99, -1] });
  assert.equal(state.shown, 16);
  assert.deepEqual([...state.hidden], [3]);
});

test("the state of a run survives new data, that of 21 runs ago does not", () => {
  const data = (run) => ({ ...appOf().data, run });
  const first = stateFor(data("first"));
  assert.equal(stateFor(data("first")), first);
  for (let at = 0; at < 21; at++) stateFor(data(`other ${at}`));
  assert.notEqual(stateFor(data("first")), first);
});

test("orders are all, one, or two and more", () => {
  const single = row([1], 1, 0);
  const pair = row([1, 2], 1, 1);
  assert.deepEqual(
    ["all", "joint", 1, 2].map((orders) => [ofOrder(single, orders), ofOrder(pair, orders)]),
    [
      [true, true],
      [false, true],
      [true, false],
      [false, true],
    ],
  );
});

test("filters by order, sign and word hold together", () => {
  const app = appOf();
  assert.equal(filtered(app).length, 3);
  app.state.orders = "all";
  assert.equal(filtered(app).length, 4);
  app.state.sign = -1;
  assert.deepEqual(filtered(app), [[1], [0, 1, 3]]);
  app.state.word = "NOT";
  assert.deepEqual(filtered(app), [[0, 1, 3]]);
});

test("a patch is found by its row or its name, a word of the question by its letters", () => {
  const extra = { labels: ["A1", "A12", "B1", "is", "it"], picture: { patches: 3 } };
  const app = appOf([row([0, 1], 1, 1), row([1, 2], 1, 2), row([2, 3], 1, 3)], extra);
  const found = (word) => {
    app.state.word = word;
    return filtered(app);
  };
  assert.deepEqual(found("a1"), [[0, 1]]);
  assert.deepEqual(found("b"), [
    [1, 2],
    [2, 3],
  ]);
  assert.deepEqual(found("s"), [[2, 3]]);
});

test("groups of a picture are told apart by what they join", () => {
  const app = appOf(ROWS, { picture: { patches: 3 } });
  const kinds = [[0], [0, 2], [0, 3], [3, 4]].map((features) => kindOf(app, row(features, 1, 1)));
  assert.deepEqual(kinds, ["", "patch-patch", "patch-word", "word-word"]);
  app.state.kinds = "word-word";
  assert.deepEqual(filtered(app), [[3, 4]]);
});

test("the members of an interaction light it up alone", () => {
  const lit = resolve(appOf(), [0, 2]);
  assert.equal(lit.exact, ROWS[0]);
  assert.deepEqual([...lit.words], [0, 2]);
  assert.deepEqual([...lit.keys], ["0,2"]);
  assert.equal(lit.near.size, 0);
});

test("a word lights up all that hold it, and the members of the strongest of them", () => {
  const lit = resolve(appOf(), [3]);
  assert.equal(lit.exact, null);
  assert.deepEqual([...lit.keys], ["0,1,3", "3,4"]);
  assert.deepEqual([...lit.near], [0, 1]); // not 4: interaction 13 is listed, but weak
});

test("nothing selected lights nothing", () => {
  for (const none of [null, undefined, []]) assert.equal(resolve(appOf(), none).words.size, 0);
});

test("marks stand in the light as what they are", () => {
  const mark = (kind, features) => ({ kind, features, key: features.join(",") });
  const word = resolve(appOf(), [3]);
  const group = resolve(appOf(), [0, 2]);
  const nothing = resolve(appOf(), []);
  const cases = [
    [mark("word", [3]), "on", "", ""],
    [mark("word", [0]), "near", "on", ""],
    [mark("row", [0, 1, 3]), "near", "", ""],
    [mark("row", [0, 2]), "", "on", ""],
    [mark("ref", [0]), "", "on", ""],
    [mark("ref", [0, 2]), "", "on", ""],
    [mark("pair", [0, 2]), "", "on", ""],
    [mark("pair", [2, 3]), "", "", ""],
  ];
  for (const [each, ofWord, ofGroup, ofNothing] of cases)
    assert.deepEqual(
      [standing(each, word), standing(each, group), standing(each, nothing)],
      [ofWord, ofGroup, ofNothing],
      `${each.kind} ${each.key}`,
    );
});

test("a second click on a selection takes it back", () => {
  const app = appOf();
  select(app, [0, 2]);
  assert.deepEqual(app.state.selection, [0, 2]);
  select(app, [0, 2]);
  assert.deepEqual(app.state.selection, []);
});

test("hiding some of what is hidden hides all, hiding all shows it again", () => {
  const app = appOf();
  toggleHidden(app, [1]);
  toggleHidden(app, [1, 2]);
  assert.deepEqual([...app.state.hidden], [1, 2]);
  toggleHidden(app, [1, 2]);
  assert.equal(app.state.hidden.size, 0);
});

test("an address names what differs from the usual view, and keeps the rest", () => {
  const address = (data, selection, hidden = []) =>
    addressOf("http://localhost/?run=x&index=SV&sel=9&hidden=8", data, { selection, hidden: new Set(hidden) });
  assert.equal(address({ index: "BII", usual: "BII", order: 0 }, []), "http://localhost/?run=x");
  assert.equal(
    address({ index: "SV", usual: "BII", order: 2 }, [1, 3]),
    "http://localhost/?run=x&index=SV&sel=1,3&order=2",
  );
  const usual = { index: "BII", usual: "BII", order: 0 };
  assert.equal(address(usual, [], [11, 2]), "http://localhost/?run=x&hidden=2,11");
  assert.equal(address(usual, [], [...Array(65).keys()]), "http://localhost/?run=x");
});
