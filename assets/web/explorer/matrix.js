// The pair matrix.

import { el, svg } from "../common/dom.js";
import { effectText, keyOf, nameLabel, namesText } from "../common/features.js";
import { clamp, clip, plural } from "../common/numbers.js";
import { nothing, why } from "./nothing.js";
import { pairsOf } from "./pairs.js";
import { signedMark } from "./signed_mark.js";

const TOP = 6; // px above the first row

export function build(app, width) {
  const { data } = app;
  const { features, cells, largest } = pairsOf(app.passing.groups);
  if (features.length < 2) return nothing(why(app));
  const labels = features.map((f) => nameLabel(data, f, 14));
  const left = 24 + 7.6 * Math.max(...labels.map((text) => Array.from(text).length));
  const size = clamp(Math.floor(Math.min(width - left - 90, 660) / features.length), 18, 40);
  const span = features.length * size;
  const picture = svg("svg", {
    class: "matrix",
    width: left + span + 100,
    height: TOP + span + 16,
    role: "group",
    "aria-label": "Pair matrix",
  });
  features.forEach((f, row) => {
    picture.append(...headerNodes(f, labels[row], row, features.length, left, size));
  });
  const at = new Map(features.map((f, row) => [f, row]));
  for (const cell of cells) {
    const [column, row] = [at.get(cell.a), at.get(cell.b)];
    picture.append(cellNode(data, cell, left + column * size, TOP + row * size, size, largest));
  }
  const key = "area = strength of the pair · ring = both belong to a larger group";
  return el("div", { class: "scroll" }, picture, el("p", { class: "foot", text: key }));
}

// A row's name, its empty cells, and its name once more as that of its column.
function headerNodes(f, label, row, count, left, size) {
  const word = { "data-f": f, "data-mark": "word" };
  const y = TOP + (row + 0.5) * size + 4;
  const nodes = [svg("text", { class: "label", ...word, x: left - 8, y, "text-anchor": "end", text: label })];
  for (let column = 0; column < row; column++) {
    const place = { x: left + column * size, y: TOP + row * size };
    nodes.push(svg("rect", { class: "empty-cell", ...place, width: size, height: size }));
  }
  // On the diagonal, so that no label stands far from its cells.
  const transform = `translate(${left + row * size + 6},${TOP + (row + 1) * size - 5}) rotate(-32)`;
  if (row < count - 1) nodes.push(svg("text", { class: "label faint", ...word, transform, text: clip(label, 12) }));
  return nodes;
}

function cellNode(data, { a, b, row, larger }, x, y, size, largest) {
  const own = row ? effectText(data, row.value) : "no effect as a pair";
  const also = larger ? `; both in ${plural(larger, "larger group", "larger groups")}` : "";
  const names = namesText(data, [a, b]);
  const middle = { cx: x + size / 2, cy: y + size / 2, r: 4 };
  const corner = { cx: x + size - 5, cy: y + 5, r: 2.5 };
  return svg(
    "g",
    {
      class: "cell",
      "data-f": keyOf([a, b]),
      "data-mark": "pair",
      role: "button",
      tabindex: -1,
      "data-testid": `cell-${a}-${b}`,
      "aria-label": `${names}: ${own}${also}`,
    },
    svg("rect", { class: "hit", x, y, width: size, height: size }),
    larger ? svg("circle", { class: "ring", ...(row ? corner : middle) }) : null,
    row ? signedMark(x, y, size, Math.abs(row.value) / largest, row.push) : null,
    svg("title", { text: `${names}\n${own}${also}` }),
  );
}
