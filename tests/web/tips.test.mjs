import assert from "node:assert/strict";
import { test } from "node:test";

import { placed } from "../../assets/web/common/tips.js";

const frame = { left: 100, top: 50, width: 400, height: 900 };
const size = { width: 120, height: 40 };
const around = (left, top) => ({ left, top, width: 20, height: 20, bottom: top + 20 });

test("a tooltip stands below the middle of what it is about", () => {
  assert.deepEqual(placed(around(300, 100), size, frame, 800), { x: 150, y: 78 });
});

test("it stands above where the screen ends, and within the sides of the frame", () => {
  assert.equal(placed(around(300, 770), size, frame, 800).y, 770 - 8 - 40 - 50);
  assert.equal(placed(around(100, 100), size, frame, 800).x, 0);
  assert.equal(placed(around(490, 100), size, frame, 800).x, 280);
});

test("where there is room neither above nor below it stands below", () => {
  assert.equal(placed(around(300, 10), size, frame, 60).y, 10 + 20 + 8 - 50);
});
