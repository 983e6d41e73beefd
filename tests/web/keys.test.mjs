import assert from "node:assert/strict";
import { test } from "node:test";

import { beside, MOVES, rove } from "../../assets/web/common/keys.js";
import { mount } from "../../assets/web/common/mount.js";

test("the keys that move", () => {
  for (const key of ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End"]) assert.match(key, MOVES);
  for (const key of ["Enter", "Tab", "h", "PageDown"]) assert.doesNotMatch(key, MOVES);
});

test("neighbours in a list, and nothing beyond its ends", () => {
  const items = ["a", "b", "c"];
  assert.equal(beside(items, "b", "ArrowDown"), "c");
  assert.equal(beside(items, "b", "ArrowRight"), "c");
  assert.equal(beside(items, "b", "ArrowUp"), "a");
  assert.equal(beside(items, "b", "Home"), "a");
  assert.equal(beside(items, "a", "End"), "c");
  assert.equal(beside(items, "a", "ArrowLeft"), undefined);
  assert.equal(beside(items, "c", "ArrowDown"), undefined);
});

test("the stop for the Tab key moves with the focus", () => {
  const node = (tabIndex) => ({ tabIndex, focused: false, focus: () => {} });
  const [from, to] = [node(0), node(-1)];
  rove(from, to);
  assert.deepEqual([from.tabIndex, to.tabIndex], [-1, 0]);
  const [input, other] = [node(-1), node(-1)];
  rove(input, other);
  assert.equal(other.tabIndex, -1); // from a node that Tab does not stop at
});

test("one view for each place, told of all data, made anew once it was removed", () => {
  const log = [];
  class View {
    constructor(parent) {
      this.name = parent.name;
      log.push(`${this.name} made`);
    }
    update({ data }) {
      log.push(`${this.name} ${data}`);
    }
    remove() {
      log.push(`${this.name} removed`);
    }
  }
  const show = mount(View);
  const [one, two] = [{ name: "one" }, { name: "two" }];
  show({ parentElement: one, data: 1 });
  const leave = show({ parentElement: one, data: 2 });
  show({ parentElement: two, data: 3 });
  leave();
  show({ parentElement: one, data: 4 });
  const expected = ["one made", "one 1", "one 2", "two made", "two 3", "one removed", "one made", "one 4"];
  assert.deepEqual(log, expected);
});
