// The top of the page that a newcomer sees: small pictures that stay in their frame, a tour that stays in the window.

import assert from "node:assert/strict";
import { test } from "node:test";
import { keep, recall } from "../../assets/web/welcome/memory.js";
import { lines, wrapped } from "../../assets/web/welcome/thumbnail.js";
import { placed, STEPS } from "../../assets/web/welcome/tour.js";

test("words are wrapped within the frame, in their order", () => {
  const list = Array.from({ length: 40 }, (_, at) => ["word".repeat(1 + (at % 9)), at / 40]);
  const boxes = wrapped(list, 46);
  assert.ok(boxes.length > 3);
  for (const box of boxes) assert.ok(box.x >= 0 && box.x + box.width <= 84.001 && box.y + 7 <= 46, JSON.stringify(box));
  assert.deepEqual(
    boxes.map((box) => box.text),
    list.slice(0, boxes.length).map(([text]) => text),
  );
});

test("passages fill the frame in proportion to their length", () => {
  const list = [0.5, 0.3, 0.2].map((share, at) => [share, at - 1]);
  const boxes = lines(list, 46);
  const total = (tint) => boxes.filter((box) => box.tint === tint).reduce((sum, box) => sum + box.width, 0);
  const whole = total(-1) + total(0) + total(1);
  for (const [share, tint] of list) assert.ok(Math.abs(total(tint) / whole - share) < 1e-6);
  for (const box of boxes) assert.ok(box.x >= 0 && box.x + box.width <= 84.001 && box.y < 46);
});

test("the tour has five steps, and its card is whole within the window wherever its target is", () => {
  assert.equal(STEPS.length, 5);
  const card = { width: 350, height: 180 };
  for (const [width, height] of [
    [1440, 900],
    [390, 700],
  ])
    for (const box of [
      null,
      { left: 0, top: 0, right: 300, bottom: 60 },
      { left: 20, top: height - 40, right: 200, bottom: height },
      { left: -50, top: 10, right: width + 50, bottom: height - 5 },
      { left: width - 60, top: 300, right: width, bottom: 330 },
    ]) {
      const { left, top } = placed(box, card, width, height);
      assert.ok(left >= 0 && left + card.width <= width, `${left} of ${width}`);
      assert.ok(top >= 0 && top + card.height <= height, `${top} of ${height}`);
    }
});

test("the card is beside its target, not on it, where there is room", () => {
  const box = { left: 400, top: 200, right: 900, bottom: 260 };
  const { top } = placed(box, { width: 350, height: 180 }, 1440, 900);
  assert.ok(top >= box.bottom);
});

test("a browser that keeps nothing is asked again, and breaks nothing", () => {
  const kept = new Map();
  const storage = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value) };
  keep("tour", "seen", storage);
  assert.equal(recall("tour", storage), "seen");
  assert.equal(recall("gallery", storage), "");
  const closed = {
    getItem: () => {
      throw new Error("denied");
    },
    setItem: () => {
      throw new Error("denied");
    },
  };
  keep("tour", "seen", closed);
  assert.equal(recall("tour", closed), "");
});
