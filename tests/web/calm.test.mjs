// When a component tells the app what a person did in it.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

const heard = {};
let state = "notRunning";
globalThis.window = { addEventListener: (kind, take) => (heard[kind] = take) };
globalThis.document = {
  addEventListener: (kind, take) => (heard[kind] = take),
  querySelector: () => ({ dataset: { testScriptState: state } }),
};
mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
const { arrived, putOffTelling, tell } = await import("../../assets/web/common/calm.js");

const after = (ms) => mock.timers.tick(ms);
const does = (kind, ...path) => heard[kind]({ composedPath: () => path });
const link = { localName: "a", href: "/" };

// A component that tells 1, 2, 3 ..., and what the app heard; long after whatever the test before did.
function component() {
  state = "notRunning";
  after(60_000);
  const root = { isConnected: true };
  const said = [];
  return { root, said, say: (word) => tell(root, () => said.push(word)) };
}

test("an app that is idle hears at once", () => {
  const { said, say } = component();
  say(1);
  assert.deepEqual(said, [1]);
});

test("while the app runs messages wait, and come in their order", () => {
  const { said, say } = component();
  state = "running";
  say(1);
  after(500);
  say(2);
  assert.deepEqual(said, []);
  state = "notRunning";
  after(100);
  assert.deepEqual(said, [1, 2]);
  say(3);
  assert.deepEqual(said, [1, 2, 3]);
});

test("a run whose end is never told keeps no message for good", () => {
  const { said, say } = component();
  state = "running";
  say(1);
  after(9_000);
  assert.deepEqual(said, [1]);
});

test("nothing is told between a click on a link and the page that it leads to", () => {
  const { root, said, say } = component();
  does("click", link);
  after(20);
  say(1);
  after(500);
  assert.deepEqual(said, []);
  root.isConnected = false; // the other page is there
  after(60_000);
  assert.deepEqual(said, []);
});

test("a file that is saved or a window that is opened keeps nothing waiting", () => {
  for (const other of [{ download: "run.json" }, { target: "_blank" }]) {
    const { said, say } = component();
    does("click", { ...link, ...other });
    say(1);
    assert.deepEqual(said, [1]);
  }
});

test("on the page that a link led to nothing waits", () => {
  const { said, say } = component();
  does("click", link);
  arrived();
  say(1);
  assert.deepEqual(said, [1]);
});

test("a link to where one is loses nothing", () => {
  const { said, say } = component();
  does("click", link);
  say(1);
  state = "running";
  after(100);
  state = "notRunning";
  after(100);
  assert.deepEqual(said, [1]);
});

test("what is put off is told once, when nothing came for a while", () => {
  const { root, said, say } = component();
  const later = putOffTelling(root, 400, () => say("last"));
  later();
  after(300);
  later();
  after(300);
  assert.deepEqual(said, []);
  after(200);
  assert.deepEqual(said, ["last"]);
  after(5_000);
  assert.deepEqual(said, ["last"]);
});

test("what is put off is told before a press elsewhere can lead away, and not again", () => {
  const { root, said, say } = component();
  const later = putOffTelling(root, 400, () => say("selection"));
  later();
  does("pointerdown", link);
  assert.deepEqual(said, ["selection"]);
  after(100);
  does("click", link);
  after(60_000);
  assert.deepEqual(said, ["selection"]);
});

test("a press within the component hurries nothing", () => {
  const { root, said, say } = component();
  const later = putOffTelling(root, 400, () => say("selection"));
  later();
  does("pointerdown", {}, root);
  assert.deepEqual(said, []);
  after(500);
  assert.deepEqual(said, ["selection"]);
});

test("a link waits until what was told has left", () => {
  const { root, said, say } = component();
  putOffTelling(root, 400, () => say("selection"))();
  const stopped = [];
  const clicked = [];
  const follow = { localName: "a", href: "/", click: () => clicked.push("again") };
  const event = {
    composedPath: () => [follow],
    preventDefault: () => stopped.push("default"),
    stopImmediatePropagation: () => stopped.push("others"),
  };
  heard.click(event);
  assert.deepEqual(said, ["selection"]);
  assert.deepEqual(stopped, ["default", "others"]);
  assert.deepEqual(clicked, []);
  after(100);
  assert.deepEqual(clicked, ["again"]);
  heard.click(event);
  assert.equal(stopped.length, 2); // this time it is followed
});

test("a link that opens elsewhere, or one that nothing was told before, is not held", () => {
  const { root, said, say } = component();
  putOffTelling(root, 400, () => say("selection"))();
  heard.click({ composedPath: () => [link], ctrlKey: true });
  assert.deepEqual(said, []);
  after(500);
  assert.deepEqual(said, ["selection"]);
  after(500);
  does("click", link);
});
