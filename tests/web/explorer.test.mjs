import assert from "node:assert/strict";
import { test } from "node:test";

import { edges, layout } from "../../assets/web/explorer/cutouts.js";
import { numberText } from "../../assets/web/explorer/data.js";
import { parsed } from "../../assets/web/explorer/drawing/colours.js";
import { shareText } from "../../assets/web/explorer/energy.js";
import { meanColour, placeOf } from "../../assets/web/explorer/erasing.js";
import { meaningText, signText } from "../../assets/web/explorer/filters.js";
import { why } from "../../assets/web/explorer/nothing.js";
import { moveInGrid, rowName } from "../../assets/web/explorer/patches.js";
import { size } from "../../assets/web/explorer/picture_layout.js";
import { again, badgeTitle, moreText, rowLabel, share } from "../../assets/web/explorer/rows.js";
import { headingText, trustText, wrapped } from "../../assets/web/explorer/saving.js";
import { columnWidths } from "../../assets/web/explorer/scoresheet.js";
import * as Sections from "../../assets/web/explorer/sections.js";
import { moveAmong, pieceNoun, roomAt } from "../../assets/web/explorer/segments.js";
import { predict } from "../../assets/web/explorer/tryit.js";

const data = {
  labels: ["not", "so", "bad"],
  occurrences: [0, 0, 0],
  toward: ["negative", "positive"],
  index: "FBII",
  scale: 2,
  table: { resamples: 20, rows: [] },
};
const row = { number: 3, features: [0, 2], value: -1.5, push: -1, order: 2, reappears: 5 };

test("a prediction is the function of the kept features that the spectrum writes", () => {
  const terms = [
    { members: [0], coefficient: 0.5 },
    { members: [0, 2], coefficient: -1.25 },
    { members: [0, 1, 2], coefficient: 0.125 },
  ];
  const spectrum = {
    constant: 0.25,
    coefficients: terms.map((term) => term.coefficient),
    lengths: terms.map((term) => term.members.length),
    members: terms.flatMap((term) => term.members),
  };
  for (let mask = 0; mask < 8; mask++) {
    const kept = (f) => (mask >> f) & 1;
    const sign = (members) => members.reduce((product, f) => product * (kept(f) ? -1 : 1), 1);
    const expected = terms.reduce((sum, term) => sum + term.coefficient * sign(term.members), spectrum.constant);
    const hidden = new Set([0, 1, 2].filter((f) => !kept(f)));
    assert.equal(predict(spectrum, hidden), expected);
  }
});

test("an interaction in words", () => {
  assert.equal(rowLabel(data, row), "3 −1.50: not · bad");
  assert.equal(badgeTitle(data, row), "3: not · bad\n−1.50, towards negative");
  assert.equal(again(data, row), "reappears in 5 of 20 resamples");
  assert.equal(share(data, row), 0.25);
});

test("without resamples nothing is said about them, and a bar is whole", () => {
  assert.equal(again(data, { ...row, reappears: null }), "");
  assert.equal(share(data, { ...row, reappears: null }), 1);
});

test("why there is nothing to show", () => {
  const nothing = { effects: "no effects", groups: "no groups" };
  const app = (extra, numbered = []) => ({ data: { ...data, nothing, ...extra }, rowByNumber: new Map(numbered) });
  const some = { table: { rows: [row] } };
  assert.equal(why(app({ problem: "too large" })), "This index cannot be shown.");
  assert.equal(why(app({})), "no effects");
  assert.equal(why(app(some)), "no groups");
  assert.equal(why(app(some, [[3, row]])), "No group of two or more matches the filters.");
});

test("what a press lists adds up with what is left", () => {
  assert.equal(moreText(61, 30), "30 more of 61 left");
  assert.equal(moreText(30, 30), "30 more");
});

test("a line says what became of the strongest number when the index changed", () => {
  const now = {
    ...data,
    meaning: "Faith-Banzhaf: a sum.",
    index: "FBII",
    order: 2,
    table: {
      rows: [
        { features: [1], value: 0.2 },
        { features: [2], value: -2.6 },
      ],
    },
  };
  const before = {
    index: "BII",
    order: 0,
    scale: 2,
    title: "Banzhaf interaction",
    rows: [{ features: [2], value: -1.96 }],
  };
  assert.equal(meaningText(now, null), now.meaning);
  assert.equal(
    meaningText(now, before),
    "Faith-Banzhaf: a sum. “bad” was −1.96 and is −2.60 (before: Banzhaf interaction).",
  );
  assert.match(meaningText(now, { ...before, rows: [{ features: [2], value: -2.6 }] }), /“bad” stays −2.60/);
  assert.equal(meaningText(now, { ...before, index: "FBII", order: 2 }), now.meaning);
});

test("a button names the direction that is shown", () => {
  assert.equal(signText(data, 0), "+ and −");
  assert.equal(signText(data, -1), "− towards negative");
});

test("shares of energy", () => {
  assert.deepEqual(
    [0, 0.5, 9.94, 9.96, 50].map((value) => shareText(value, 100)),
    ["0 %", "0.5 %", "9.9 %", "10 %", "50 %"],
  );
});

test("numbers of the plain table have as many places as each other", () => {
  assert.equal(numberText(null, 4), "");
  assert.equal(numberText(-0.123456789, 4), "−0.1235");
  assert.equal(numberText(3, 4), "3.0000");
});

test("computed colours are read without a canvas where they are written in sRGB", () => {
  assert.deepEqual(parsed("rgb(1, 2, 3)"), [1, 2, 3, 1]);
  assert.deepEqual(parsed("rgba(255, 0, 0, 0.5)"), [255, 0, 0, 0.5]);
  assert.deepEqual(parsed("color(srgb 1 0.5 0 / 0.25)"), [255, 128, 0, 0.25]);
  assert.deepEqual(parsed("color(srgb 1e-7 0 -0.1)"), [0, 0, 0, 1]);
  assert.equal(parsed("oklab(0.5 0.1 0.1)"), null);
});

test("a footer is wrapped at words", () => {
  const fits = (text) => text.length <= 9;
  assert.deepEqual(wrapped("R² .98 on unseen masks", fits), ["R² .98 on", "unseen", "masks"]);
  assert.deepEqual(wrapped("extraordinarily long", fits), ["extraordinarily", "long"]);
});

test("every saved picture says how far to trust it", () => {
  const trust = { line: { level: "good", word: "High", says: "predicts the model, R² .98" } };
  const answer = {
    says: [{ text: "It says " }, { text: "yes" }, { text: ": " }, { text: "88 %", output: 2 }, { text: "." }],
  };
  const outcome = { unit: "log-odds", bar: true, two_ways: true, verdict: "Wrong: it says “yes”, right is “no”." };
  const indices = [{ name: "FBII", title: "Faith-Banzhaf" }];
  const text = trustText({ ...data, answer, outcome, outside: "", trust, indices, order: 2 });
  assert.equal(
    text,
    "It says yes: 88 % · Wrong: it says “yes”, right is “no”. · Trust: High: predicts the model, R² .98 · " +
      "index Faith-Banzhaf, order ≤ 2 · SPEX Explorer",
  );
});

test("a heading says of what the picture is, as far as there is room", () => {
  const all = () => true;
  assert.equal(headingText({ ...data, n: 3 }, "Graph", all), "Graph · not so bad");
  assert.equal(headingText({ picture: { question: "Is it\nred?" }, labels: [] }, "Graph", all), "Graph · Is it red?");
  assert.equal(headingText({ labels: [], n: 0 }, "Graph", all), "Graph");
  assert.equal(
    headingText({ ...data, n: 3 }, "Graph", (text) => text.length <= 9),
    "Graph ·…",
  );
});

test("words of a score sheet stand upright where they fit, else they lean", () => {
  const upright = columnWidths([20, 60], 400, true);
  assert.equal(upright.flat, true);
  assert.deepEqual(upright.widths, [46 + 44, 78 + 44]);
  const leaning = columnWidths([200, 200, 200], 300, true);
  assert.equal(leaning.flat, false);
  assert.deepEqual(leaning.widths, [64, 64, 64]);
});

test("the arrow keys stay in the grid and lead from its last row to the question", () => {
  const grid = { columns: 3, patches: 6 };
  const to = (from, key) => moveInGrid(from, key, grid, 8);
  assert.deepEqual([to(0, "ArrowLeft"), to(2, "ArrowRight"), to(1, "ArrowUp")], [undefined, undefined, undefined]);
  assert.deepEqual([to(4, "ArrowLeft"), to(4, "ArrowRight"), to(4, "ArrowUp")], [3, 5, 1]);
  assert.deepEqual([to(4, "Home"), to(4, "End")], [3, 5]);
  assert.deepEqual([to(1, "ArrowDown"), to(4, "ArrowDown")], [4, 6]);
  assert.equal(moveInGrid(4, "ArrowDown", grid, 6), undefined);
});

test("the row of a patch", () => {
  assert.deepEqual(["A1", "AB12"].map(rowName), ["A", "AB"]);
});

test("a picture fills its card, but is neither taller than the screen nor blown up", () => {
  assert.deepEqual(size({ width: 1000, height: 500, drawn: false }, 618), [600, 300]);
  assert.deepEqual(size({ width: 500, height: 1000, drawn: false }, 2000), [310, 620]);
  assert.deepEqual(size({ width: 200, height: 20, drawn: false }, 2000), [600, 60]);
  assert.deepEqual(size({ width: 20, height: 10, drawn: true }, 2000), [1240, 620]);
});

test("where a patch stands on a canvas", () => {
  const place = placeOf(4, { columns: 3, rows: 2 }, { width: 300, height: 100 });
  assert.deepEqual(place, { x: 100, y: 50, w: 100, h: 50 });
});

test("the mean colour leaves opacity out", () => {
  assert.deepEqual(meanColour([0, 10, 20, 255, 100, 30, 21, 255]), [50, 20, 21]);
});

test("members that touch have no edge between them, those at either end of two rows do", () => {
  const columns = 3;
  assert.equal(edges(0, new Set([0]), columns, 10, 10).length, 4);
  assert.deepEqual(edges(0, new Set([0, 1]), columns, 10, 10), [
    [0, 0, 10, 0],
    [0, 10, 10, 10],
    [0, 0, 0, 10],
  ]);
  for (const f of [2, 3]) assert.equal(edges(f, new Set([2, 3]), columns, 10, 10).length, 4);
});

test("cut-outs keep the shape of the picture and stand side by side where there is room", () => {
  const square = { width: 100, height: 100, columns: 4 };
  assert.deepEqual(layout(square, 300), { columns: 2, size: [140, 140] });
  assert.equal(layout(square, 120).columns, 2);
  const flat = layout({ width: 1000, height: 100, columns: 10 }, 300);
  assert.equal(flat.columns, 1);
  assert.deepEqual(flat.size, [296, 30]);
});

const sections = [
  { start: 0, end: 10, opening: "a" },
  { start: 10, end: 20, opening: "b" },
  { start: 20, end: 25, opening: "c" },
];

function long(selection, open, strongest) {
  return {
    data: { ...data, n: 25, nouns: "words", overview: { sections } },
    state: { selection, open },
    rowByNumber: new Map(strongest ? [[1, { features: strongest }]] : []),
  };
}

test("a feature is at home in one section", () => {
  assert.deepEqual(
    [0, 9, 10, 24].map((f) => Sections.home(long([], null), f)),
    [0, 0, 1, 2],
  );
});

test("open are the sections that a person chose, else of the selection, else of the strongest group", () => {
  assert.deepEqual(Sections.opened(long([24], [1], [0])), [1]);
  assert.deepEqual(Sections.opened(long([24, 3], null, [0])), [0, 2]);
  assert.deepEqual(Sections.opened(long([], null, [12])), [1]);
  assert.deepEqual(Sections.opened(long([], null)), [0]);
});

test("passages to show", () => {
  assert.deepEqual(Sections.ranges(long([], "all")), [[0, 25]]);
  assert.deepEqual(Sections.ranges(long([12], null)), [[10, 20, "§2 · words 11–20"]]);
});

test("what a cell of the section matrix holds", () => {
  const app = long([], null);
  assert.equal(Sections.sentence(app, 1, 0, undefined), "§1 × §2: no interaction");
  const entry = { count: 1, strongest: -2, order: 3 };
  assert.equal(Sections.sentence(app, 1, 1, entry), "within §2: 1 interaction, strongest −2.00 (order 3)");
});

test("arrow keys lead to the nearest segment in their direction, and nowhere beyond the last", () => {
  const seats = [
    [10, 10, 5],
    [40, 14, 5],
    [12, 40, 5],
    [44, 44, 5],
  ];
  const keys = ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "Home", "End"];
  assert.deepEqual(
    keys.map((key) => moveAmong(seats, 0, key)),
    [1, 2, undefined, undefined, 0, 3],
  );
  assert.deepEqual(
    keys.map((key) => moveAmong(seats, 3, key)),
    [undefined, undefined, 2, 1, 0, 3],
  );
  assert.equal(roomAt({ segments: { seats } }, 1, 2), 10);
});

test("pieces of a picture are called what they are", () => {
  assert.equal(pieceNoun({ segments: {} }), "segment");
  assert.equal(pieceNoun({ columns: 4 }), "patch");
});

test("small segments get cut-outs as large as those of a fine grid", () => {
  const grid = { width: 640, height: 480, columns: 24, rows: 18 };
  const segments = { width: 640, height: 480, segments: {}, patches: 432 };
  assert.deepEqual(layout(segments, 400), layout(grid, 400));
  assert.notDeepEqual(layout({ ...segments, patches: 40 }, 400), layout(segments, 400));
});

test("under a filter the section matrix counts what passes, else all that there is", () => {
  const app = long([], null);
  const group = (features, value, number) => ({
    features,
    value,
    push: Math.sign(value),
    order: features.length,
    number,
  });
  const [pair, triple] = [group([2, 12], 0.9, 1), group([2, 3, 22], -0.4, 2)];
  app.data.table = { rows: [pair, triple] };
  app.passing = { groups: [pair, triple] };
  assert.equal(Sections.cellsOf(app), app.data.overview);
  app.passing.groups = [triple];
  const { cells, largest } = Sections.cellsOf(app);
  assert.deepEqual(cells, [
    { row: 2, column: 0, mass: 0.4, net: -0.4, count: 1, strongest: -0.4, order: 3, number: 2 },
  ]);
  assert.equal(largest, 0.4);
});
