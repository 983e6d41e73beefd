import assert from "node:assert/strict";
import { test } from "node:test";

import { Views } from "../../assets/web/explorer/views.js";

const base = { estimate: "e", index: "BII", order: 0, table: "of BII", live: null };
const sent = { ...base, ahead: [{ index: "SII", table: "of SII" }] };

test("a view that was sent ahead is there at once, with what the page says now", () => {
  const views = new Views();
  assert.deepEqual(views.receive(sent), base);
  const chosen = views.choose({ ...base, live: { done: 3 } }, "index", "SII");
  assert.deepEqual(chosen, { ...base, index: "SII", table: "of SII", live: { done: 3 } });
  assert.equal(views.choose(base, "index", "SV"), null);
});

test("what was chosen is not taken back by an answer that is older", () => {
  const views = new Views();
  views.receive(sent);
  views.choose(base, "index", "SII");
  assert.equal(views.receive({ ...base, checked: 1 }).index, "SII");
  assert.equal(views.receive({ ...base, checked: 1 }).checked, 1);
  assert.equal(views.receive({ ...base, index: "SII", table: "of SII" }).index, "SII");
  assert.equal(views.receive(base).index, "BII"); // Python has caught up: from now on it leads
});

test("two choices in a row are one, whether or not the first is here already", () => {
  const views = new Views();
  views.receive({ ...base, ahead: [{ order: 2 }] });
  assert.equal(views.choose(base, "index", "SV"), null); // on its way from Python
  assert.equal(views.choose(base, "order", 2), null); // so this is SV of order 2, not BII
  assert.equal(views.receive({ ...base, index: "SV", order: 2 }).index, "SV");
  assert.equal(views.choose({ ...base, index: "SV", order: 2 }, "index", "BII").order, 2);
});

test("a new estimate forgets the views of the one before", () => {
  const views = new Views();
  views.receive(sent);
  views.choose(base, "index", "SII");
  const next = { ...base, estimate: "f" };
  assert.deepEqual(views.receive(next), next);
  assert.equal(views.choose(next, "index", "SII"), null);
});

test("what was shown before is shown again without asking", () => {
  const views = new Views();
  views.receive(base);
  views.receive({ ...base, order: 2, table: "of pairs" });
  assert.equal(views.choose({ ...base, order: 2 }, "order", 0).table, "of BII");
});
