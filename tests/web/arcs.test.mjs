import assert from "node:assert/strict";
import { test } from "node:test";

import { drawArcs } from "../../assets/web/explorer/arcs.js";

function word(boxes) {
  return { isConnected: true, getClientRects: () => boxes };
}

function app(words) {
  const row = { features: [0, 1], value: 1 };
  return {
    arcs: { replaceChildren() {}, append: () => assert.fail("nothing can be drawn here"), setAttribute() {} },
    heatBox: { getBoundingClientRect: () => ({ left: 0, top: 0, width: 0, height: 0 }) },
    data: { picture: null },
    state: { selection: [0, 1] },
    rowByKey: { get: () => row },
    words,
  };
}

test("words on a page that is not shown have no boxes, and get no arcs", () => {
  drawArcs(app([word([]), word([])]));
});
