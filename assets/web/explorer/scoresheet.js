// The score sheet: a column per word in reading order, a row per interaction, a dot per member.

import { el, svg, textWidth } from "../common/dom.js";
import { effectText, keyOf, nameLabel, namesText, nameText, signClass } from "../common/features.js";
import { clamp } from "../common/numbers.js";
import { nothing, why } from "./nothing.js";
import { again, moreText, rowLabel, valueText } from "./rows.js";

const MORE = 40; // rows that one press adds
const LEAN = 0.78; // share of its length that a leaning word stands out to the right
const NARROW = 560; // px below which there is no bar beside the value

export function build(app, width) {
  const { state } = app;
  const { groups } = app.passing;
  const rows = groups.slice(0, state.sheetRows);
  if (!rows.length) return nothing(why(app));
  const sheet = layout(app, rows, width);
  const props = { class: "sheet", width: Math.max(sheet.total, 200), height: sheet.top + rows.length * sheet.line + 8 };
  const picture = svg("svg", { ...props, role: "group", "aria-label": "Score sheet" });
  for (const column of sheet.columns) picture.append(headerNode(app, column, sheet));
  const largest = Math.max(...rows.map((row) => Math.abs(row.value)));
  rows.forEach((row, at) => {
    picture.append(rowNode(app, row, sheet.top + (at + 0.5) * sheet.line, sheet, largest));
  });
  const left = groups.length - rows.length;
  const more = left > 0 ? moreButton(app, left) : null;
  return el("div", { class: "scroll" }, picture, more);
}

function moreButton(app, left) {
  const onclick = () => {
    app.state.sheetRows += MORE;
    app.redraw();
  };
  return el("button", { class: "link", type: "button", text: moreText(left, MORE), onclick });
}

// Where everything stands. Small inputs have a column for every word, others for members alone.
function layout(app, rows, width) {
  const { data } = app;
  const small = data.size === "small";
  const members = new Set(rows.flatMap((row) => row.features));
  const features = Array.from({ length: data.n }, (_, f) => f).filter((f) => small || members.has(f));
  const labels = features.map((f) => nameLabel(data, f, 16));
  const narrow = width < NARROW;
  const left = narrow ? 76 : 150;
  const font = `14px ${getComputedStyle(app.root).fontFamily}`;
  const sizes = labels.map((text) => textWidth(text, font));
  const { widths, flat, top } = columnWidths(sizes, width - left, small, narrow ? 16 : 22);
  let edge = left;
  const columns = features.map((f, at) => {
    const column = { f, text: labels[at], x: edge + widths[at] / 2, width: widths[at] };
    edge += widths[at];
    return column;
  });
  const leaning = flat ? [] : columns.map((column, at) => column.x + LEAN * sizes[at]);
  const needed = Math.ceil(Math.max(edge + 8, ...leaning));
  const x = new Map(columns.map((column) => [column.f, column.x]));
  return { columns, x, top, flat, small, narrow, line: small ? 28 : 24, total: Math.max(width, needed) };
}

// Words stand upright over their columns where all fit side by side, else they lean.
export function columnWidths(sizes, room, small, least = 22) {
  const needed = sizes.map((size) => Math.max(size + 18, 46));
  const sum = needed.reduce((total, size) => total + size, 0);
  if (sum <= room - 8) {
    const spare = Math.min((room - 8 - sum) / sizes.length, 44);
    return { widths: needed.map((size) => size + spare), flat: true, top: 50 };
  }
  const step = clamp((room - 40) / sizes.length, least, 64);
  return { widths: sizes.map(() => step), flat: false, top: 20 + Math.max(...sizes) * 0.66 + (small ? 18 : 4) };
}

function headerNode(app, { f, text, x, width }, { top, flat, small }) {
  const { heat } = app.data;
  const tint = { class: `tint ${signClass(heat.tints[f])}`, "--t": Math.abs(heat.tints[f]) };
  const effect = heat.values[f] ? effectText(app.data, heat.values[f]) : "";
  const group = svg(
    "g",
    { class: "col", "data-f": f, "data-mark": "word", "data-testid": `column-${f}` },
    svg("title", { text: `${nameText(app.data, f)} ${effect}` }),
  );
  if (flat)
    group.append(
      svg("rect", { class: tint.class, x: x - width / 2 + 3, y: 2, width: width - 6, height: 24, rx: 4, ...tint }),
      svg("text", { class: "label", x, y: 19, "text-anchor": "middle", text }),
      svg("text", { class: "tiny", x, y: 41, "text-anchor": "middle", text: effect || "·" }),
    );
  else {
    const transform = `translate(${x - 3},${top - (small ? 24 : 8)}) rotate(-40)`;
    group.append(svg("text", { class: "label", transform, text }));
    const place = { x: x - width / 2 + 2, y: top - 18, width: width - 4, height: 12, rx: 3 };
    if (small) group.append(svg("rect", { class: tint.class, ...place, ...tint }));
  }
  return group;
}

function rowNode(app, row, y, { x, line, total, narrow }, largest) {
  const { data } = app;
  const sign = signClass(row.push);
  const told = row.steady ? "" : `, ${again(data, row)}`;
  const group = svg("g", {
    class: `srow ${sign}`,
    "data-f": keyOf(row.features),
    "data-mark": "row",
    role: "button",
    tabindex: -1,
    "data-testid": `sheet-${row.number}`,
    "aria-label": rowLabel(data, row) + told,
  });
  const mass = Math.max(2, (44 * Math.abs(row.value)) / largest);
  const bar = { class: `mass ${sign}${row.steady ? "" : " unsteady"}`, x: 94, y: y - 4, width: mass, height: 8, rx: 2 };
  const places = row.features.map((f) => x.get(f));
  const [x1, x2] = [Math.min(...places), Math.max(...places)];
  group.append(
    svg("rect", { class: "band", x: 0, y: y - line / 2, width: total, height: line, rx: 4 }),
    svg("text", { class: "rank", x: narrow ? 18 : 24, y: y + 4, "text-anchor": "end", text: row.number }),
    svg("text", { class: "value", x: narrow ? 66 : 84, y: y + 4, "text-anchor": "end", text: valueText(data, row) }),
    narrow ? svg("title", { text: namesText(data, row.features) }) : svg("rect", bar),
    ...[...x.values()].map((cx) => svg("circle", { class: "rest", cx, cy: y, r: 1.5 })),
    svg("line", { class: `link ${sign}`, x1, x2, y1: y, y2: y }),
    ...places.map((place) => memberNode(sign, place, y)),
  );
  return group;
}

function memberNode(sign, x, y) {
  if (sign === "pos") return svg("circle", { class: "dot pos", cx: x, cy: y, r: 5.5 });
  return svg("rect", { class: "dot neg", x: x - 5, y: y - 5, width: 10, height: 10, rx: 2 });
}
