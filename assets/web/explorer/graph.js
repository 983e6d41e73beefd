// The graph: words on the left in reading order, groups on the right, a line for each membership.

import { el, svg } from "../common/dom.js";
import { keyOf, nameLabel, namesText, nameText, signClass } from "../common/features.js";
import { clip } from "../common/numbers.js";
import { graphOf } from "./graph_layout.js";
import { nothing, why } from "./nothing.js";
import { rowLabel, valueText } from "./rows.js";

const WIDEST = 1160; // px
const LINE = 26; // px from one word or group to the next

export function build(app, width) {
  const { features, groups } = graphOf(app.passing.groups);
  if (!groups.length) return nothing(why(app));
  const height = Math.max(120, LINE * Math.max(features.length, groups.length));
  const span = Math.min(width, WIDEST);
  const left = Math.min(170, span * 0.34);
  const right = span * (span > 700 ? 0.52 : 0.6);
  const heights = new Map(features.map(([f, share]) => [f, share * height]));
  const rows = groups.map(([row, share]) => [row, share * height]);
  const largest = Math.max(...rows.map(([row]) => Math.abs(row.value)));
  const edges = svg("g");
  const nodes = svg("g");
  for (const [row, y] of rows) {
    const ends = row.features.map((f) => [left, heights.get(f)]);
    edges.append(edgesOf(row, ends, [right, y], largest));
    nodes.append(groupNode(app, row, right, y, span));
  }
  for (const [f, y] of heights) nodes.append(wordNode(app, f, left, y));
  const props = { class: "graph", width: span, height, role: "group", "aria-label": "Interaction graph" };
  return el("div", { class: "scroll" }, svg("svg", props, edges, nodes));
}

// From each member to the group: the thicker, the stronger.
function edgesOf(row, ends, [right, y], largest) {
  const sign = signClass(row.push);
  const thickness = (1 + 2.5 * Math.sqrt(Math.abs(row.value) / largest)).toFixed(2);
  const lines = ends.map(([left, from]) => {
    const middle = (left + right) / 2;
    const d = `M${left},${from} C${middle},${from} ${middle},${y} ${right - 12},${y}`;
    return svg("path", { class: `edge ${sign}`, d, "stroke-width": thickness });
  });
  const props = { class: `edges ${sign}`, "data-f": keyOf(row.features), "data-mark": "row" };
  return svg("g", props, lines);
}

function groupNode(app, row, x, y, span) {
  const { data } = app;
  const sign = signClass(row.push);
  const room = Math.max(6, Math.floor((span - x - 74) / 6.6));
  const names = namesText(data, row.features);
  return svg(
    "g",
    {
      class: `gnode ${sign}`,
      "data-f": keyOf(row.features),
      "data-mark": "row",
      role: "button",
      tabindex: -1,
      "data-testid": `group-${row.number}`,
      "aria-label": rowLabel(data, row),
    },
    svg("rect", { class: "band", x: x - 14, y: y - 12, width: span - x + 14, height: 24, rx: 4 }),
    svg("rect", { class: `node ${sign}`, x: x - 9, y: y - 9, width: 18, height: 18, rx: sign === "pos" ? 9 : 4 }),
    svg("text", { class: "glyph", x, y: y + 4, "text-anchor": "middle", text: row.number }),
    svg("text", { class: "value", x: x + 18, y: y + 4, text: valueText(data, row) }),
    svg("text", { class: "label faint", x: x + 66, y: y + 4, text: clip(names, room) }),
    svg("title", { text: names }),
  );
}

function wordNode(app, f, left, y) {
  const { data } = app;
  const name = nameText(data, f);
  const t = data.heat.tints[f];
  const tint = { class: `tint ${signClass(t)}`, x: left - 3, y: y - 9, width: 7, height: 18, rx: 2 };
  const label = nameLabel(data, f, Math.floor(left / 8.5));
  return svg(
    "g",
    {
      class: "gword",
      "data-f": f,
      "data-mark": "word",
      role: "button",
      tabindex: -1,
      "data-testid": `node-${f}`,
      "aria-label": name,
    },
    svg("rect", { class: "band", x: 0, y: y - 12, width: left + 8, height: 24, rx: 4 }),
    svg("rect", { ...tint, "--t": Math.max(0.15, Math.abs(t)) }),
    svg("text", { class: "label", x: left - 10, y: y + 4, "text-anchor": "end", text: label }),
    svg("title", { text: name }),
  );
}
