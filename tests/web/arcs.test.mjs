import assert from "node:assert/strict";
import { test } from "node:test";

import { bracket, drawArcs, drawnRows, nextCount } from "../../assets/web/explorer/arcs.js";

function word(boxes) {
  return { isConnected: true, getClientRects: () => boxes };
}

function app(words) {
  const row = { features: [0, 1], value: 1, push: 1, order: 2, number: 1 };
  return {
    arcs: { replaceChildren() {}, append: () => assert.fail("nothing can be drawn here"), setAttribute() {} },
    heatBox: {
      getBoundingClientRect: () => ({ left: 0, top: 0, width: 0, height: 0 }),
      classList: { toggle() {} },
    },
    data: { picture: null },
    state: { selection: [0, 1], arcs: 0 },
    passing: { groups: [row] },
    rowByKey: { get: () => row },
    words,
  };
}

test("words on a page that is not shown have no boxes, and get no arcs", () => {
  drawArcs(app([word([]), word([])]));
});

test("the strongest groups that pass are drawn, and the selected one, but nothing that is weak", () => {
  const groups = [1, 2, 3, 4, 5].map((number) => ({ number }));
  const view = (arcs) => ({ passing: { groups }, state: { arcs } });
  const numbers = (rows) => rows.map((row) => row.number);
  assert.deepEqual(numbers(drawnRows(view(3), null)), [1, 2, 3]);
  assert.deepEqual(numbers(drawnRows(view(3), groups[1])), [1, 2, 3]);
  assert.deepEqual(numbers(drawnRows(view(3), groups[4])), [1, 2, 3, 5]);
  assert.deepEqual(numbers(drawnRows(view(0), { number: 0, weak: true })), []);
});

test("a press leads from three arcs over more to none", () => {
  assert.deepEqual([nextCount(3), nextCount(8), nextCount(0)], [8, 0, 3]);
});

// [x1, y1, x2, y2] of the straight pieces of a path of M, H, V and Q.
function pieces(d) {
  let [x, y] = [0, 0];
  const found = [];
  for (const [, kind, rest] of d.matchAll(/([MHVQ])([^MHVQ]*)/g)) {
    const numbers = rest.split(/[ ,]/).map(Number);
    const before = [x, y];
    if (kind === "H") x = numbers[0];
    else if (kind === "V") y = numbers[0];
    else [x, y] = numbers.slice(-2);
    if (kind !== "M") found.push([...before, x, y]);
  }
  return found;
}

test("no arc strikes out a word, however many run over two lines", () => {
  const lines = [60, 110];
  const words = lines.flatMap((top) =>
    [10, 80, 150, 220].map((left) => ({ left, right: left + 60, top, bottom: top + 25 })),
  );
  const taken = [];
  const middle = (at) => ({ x: words[at].left + 30, y: words[at].top });
  const groups = [[[0, 3]], [[1, 2]], [[0, 2], [5]], [[3], [4, 6, 7]], [[0, 1, 2, 3]]];
  for (const group of groups) {
    const d = bracket(
      group.map((line) => line.map(middle)),
      taken,
    );
    for (const [x1, y1, x2, y2] of pieces(d))
      for (const { left, right, top, bottom } of words) {
        const inside =
          Math.max(x1, x2) > left && Math.min(x1, x2) < right && Math.max(y1, y2) > top && Math.min(y1, y2) < bottom;
        assert.ok(!inside, `${d} runs through the word at ${left}, ${top}`);
      }
    for (const at of group.flat()) assert.ok(d.includes(`V${words[at].top}`), "every member has a foot");
  }
});

test("two brackets over the same words run one above the other", () => {
  const line = [
    { x: 10, y: 50 },
    { x: 90, y: 50 },
  ];
  const taken = [];
  const [first, second] = [bracket([line], taken), bracket([line], taken)];
  const height = (d) => Number(/H[\d.]+Q[\d.]+,([\d.]+)/.exec(d)[1]);
  assert.equal(height(first) - height(second), 4);
});
