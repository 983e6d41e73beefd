import assert from "node:assert/strict";
import { test } from "node:test";

import { COLUMNS, firstWay, isColumn, listed, ways } from "../../assets/web/runs/order.js";
import { calledText, whenText, words } from "../../assets/web/runs/rows.js";

function run(name, by = {}, extra = {}) {
  const texts = { id: name, name, title: "", model: "minilm", target: "positive", features: "8 words", label: "Done" };
  return { ...texts, pinned: false, by: { passes: null, r2: null, time: null, at: null, ...by }, ...extra };
}

const names = (rows, query, column, way) => listed(rows, query, column, way).map((row) => row.name);

test("every word of a query must be found, anywhere and in any case", () => {
  const rows = [run("Film one"), run("Film two", {}, { target: "negative" }), run("Dog")];
  assert.deepEqual(names(rows, "  FILM   posit ", "run", "asc"), ["Film one"]);
  assert.deepEqual(names(rows, "", "run", "asc"), ["Dog", "Film one", "Film two"]);
  assert.deepEqual(names(rows, "cat", "run", "asc"), []);
});

test("texts are ordered as people order them", () => {
  const rows = ["b", "run 10", "A", "run 2"].map((name) => run(name));
  assert.deepEqual(names(rows, "", "run", "asc"), ["A", "b", "run 2", "run 10"]);
  assert.deepEqual(names(rows, "", "run", "desc"), ["run 10", "run 2", "b", "A"]);
});

test("what has no value stands last either way", () => {
  const rows = [run("none"), run("low", { r2: -0.5 }), run("zero", { r2: 0 }), run("high", { r2: 0.9 })];
  assert.deepEqual(names(rows, "", "r2", "desc"), ["high", "zero", "low", "none"]);
  assert.deepEqual(names(rows, "", "r2", "asc"), ["low", "zero", "high", "none"]);
});

test("pinned runs stand on top in every order", () => {
  const rows = [run("a", { at: 3 }), run("b", { at: 1 }, { pinned: true }), run("c", { at: 2 }, { pinned: true })];
  assert.deepEqual(names(rows, "", "at", "desc"), ["c", "b", "a"]);
  assert.deepEqual(names(rows, "", "at", "asc"), ["b", "c", "a"]);
});

test("equal runs keep their order, and the given list is left alone", () => {
  const rows = [run("x", { passes: 1 }), run("y", { passes: 1 }), run("z", { passes: 2 })];
  assert.deepEqual(names(rows, "", "passes", "desc"), ["z", "x", "y"]);
  assert.deepEqual(
    rows.map((row) => row.name),
    ["x", "y", "z"],
  );
});

test("numbers are ordered highest first, texts from A", () => {
  const first = Object.fromEntries(COLUMNS.map(({ key }) => [key, firstWay(key)]));
  const expected = { run: "asc", model: "asc", state: "asc", passes: "desc", r2: "desc", time: "desc", at: "desc" };
  assert.deepEqual(first, expected);
  for (const column of COLUMNS) assert.equal(Object.keys(ways(column))[0], firstWay(column.key));
});

test("a remembered column may be one that is gone", () => {
  assert.equal(isColumn("r2"), true);
  assert.equal(isColumn("price"), false);
  assert.equal(isColumn(undefined), false);
});

test("a run is called by its name, its title, or not at all", () => {
  assert.equal(calledText({ name: "mine", title: "not bad" }), "mine");
  assert.equal(calledText({ name: "", title: "not bad" }), "not bad");
  assert.equal(calledText({}), "Untitled run");
  assert.equal(words(run("Mine")).includes("mine\n"), true);
});

test("a time is as short as it can be said", () => {
  const now = new Date(2026, 10, 30, 12, 0);
  const said = (...parts) => whenText(new Date(...parts).getTime() / 1000, now);
  assert.equal(said(2026, 10, 30, 9, 5), "09:05");
  assert.equal(said(2026, 0, 2, 9, 5), "2 Jan");
  assert.equal(said(2025, 0, 2, 9, 5), "2 Jan 2025");
  assert.equal(whenText(0, now), "");
});
