// A picture as input: its patches or segments tinted by their effect, the question below, one overlay for what is selected.

import { el, svg } from "../common/dom.js";
import { signClass } from "../common/features.js";
import { plural, unsigned } from "../common/numbers.js";
import * as Cutouts from "./cutouts.js";
import { erase } from "./erasing.js";
import { cells, gridLines } from "./grid.js";
import * as Heatmap from "./heatmap.js";
import * as Segments from "./segments.js";
import * as Thumbs from "./thumbs.js";

export function build(app) {
  const { data } = app;
  const { patches, question } = data.picture;
  app.words = new Array(data.n);
  if (!app.image || app.image.src !== data.picture.image) {
    app.image = imageNode(app);
    app.thumbs = null;
    app.veil = null;
  }
  app.erased = el("canvas", { class: "erased", "aria-hidden": "true" });
  for (let i = 0; i < patches; i++) app.words[i] = patchNode(data, i);
  app.words[0].tabIndex = 0;
  app.stage = el("div", { class: "stage" }, app.image, layers(app, app.words.slice(0, patches)));
  app.columnNames = el("div", { class: "axis-names across", "aria-hidden": "true" });
  app.rowNames = el("div", { class: "axis-names down", "aria-hidden": "true" });
  const props = { class: "picture", "data-testid": "picture", role: "group", "aria-label": label(data.picture) };
  app.picture = el("div", props, app.columnNames, app.rowNames, app.stage);
  app.arcs = svg("svg", { class: "arcs", "aria-hidden": "true" });
  app.heatBox = el("div", { class: "picture-view" }, app.picture, question ? questionNode(app) : null, app.arcs);
  return app.heatBox;
}

// What lies over the image.
function layers(app, nodes) {
  const { heat, picture } = app.data;
  app.seats = null;
  app.shades = null;
  app.tints = null;
  if (!picture.segments) return [app.erased, gridLines(picture), cells(picture, nodes)];
  app.seats = Segments.seatNodes(picture, heat.tints);
  app.tints = Segments.tintLayer(picture.segments, heat.tints, picture.shades);
  app.shades = [...app.tints.querySelectorAll(".shade")];
  const outlines = Segments.outlineLayer(picture.segments, nodes);
  return [app.tints, app.erased, outlines, Segments.seatLayer(app.seats)];
}

function label(picture) {
  const cut = picture.segments ? plural(picture.patches, "segment", "segments") : gridText(picture);
  const size = `Picture of ${picture.width} by ${picture.height} pixels, ${cut}`;
  return `${size}; arrow keys move, Enter selects, Shift+Enter hides`;
}

const gridText = ({ patches, rows, columns }) =>
  `${patches} patches in ${plural(rows, "row", "rows")} and ${plural(columns, "column", "columns")}`;

function imageNode(app) {
  const { image } = app.data.picture;
  // What is painted from its pixels can be painted once it has arrived.
  const onload = () => {
    if (!app.data) return;
    app.thumbs = null;
    app.veil = null;
    erase(app);
    Cutouts.paintAll(app);
    Thumbs.paint(app);
  };
  return el("img", { alt: "", src: image || null, decoding: "sync", draggable: "false", onload });
}

function patchNode(data, i) {
  const { columns, influence, shades, segments } = data.picture;
  const { heat } = data;
  const [name, tint] = [data.labels[i], heat.tints[i]];
  const effect = Heatmap.effectLine(data, i);
  const place = segments ? "" : `, row ${rowName(name)}, column ${(i % columns) + 1}`;
  const moved = `influence ${unsigned(influence[i], data.scale || influence[i])}`;
  const props = {
    class: `patch${tint ? ` ${signClass(tint)}` : ""}`,
    role: "button",
    tabindex: -1,
    "aria-pressed": "false",
    "data-testid": `patch-${i}`,
    "data-f": i,
    "data-mark": "word",
    "data-i": i,
    "aria-label": `${Segments.pieceNoun(data.picture)} ${name}${place}, ${effect}`,
    title: `${name}\n${effect}\n${moved}`,
    "--t": Math.abs(tint).toFixed(3),
    "--m": shades[i].toFixed(3),
  };
  return segments ? Segments.shapeNode(props, segments.paths[i]) : el("div", props);
}

// "B" of patch "B12".
export const rowName = (name) => name.replace(/\d+$/, "");

// The question: words that are features are tinted and chosen like those of a text.
function questionNode(app) {
  const { data } = app;
  const { patches, shades } = data.picture;
  const passage = el("div", { class: "passage", "data-testid": "question" });
  Heatmap.flow(app, passage, patches, data.n, true);
  for (let f = patches; f < data.n; f++) app.words[f].style.setProperty("--m", shades[f].toFixed(3));
  const first = app.words[patches];
  if (first) first.tabIndex = 0;
  const asked = el("span", { class: "faint asked", text: "Question" });
  return el("div", { class: "heat question", role: "group", "aria-label": "Question" }, asked, passage);
}

// Where an arrow key leads: within the picture, and between its last row and the words of the question.
export function move(app, from, key) {
  const { columns, patches, segments } = app.data.picture;
  if (from < patches && segments) {
    const next = Segments.moveAmong(segments.seats, from, key);
    return next === undefined && key === "ArrowDown" && patches < app.data.n ? patches : next;
  }
  if (from < patches) return moveInGrid(from, key, app.data.picture, app.data.n);
  const next = Heatmap.move(app, from, key);
  return next === undefined && key === "ArrowUp" ? patches - (segments ? 1 : Math.ceil(columns / 2)) : next;
}

// The patch that an arrow key leads to, below the last row the first word; undefined where there is nothing.
export function moveInGrid(from, key, { columns, patches }, n) {
  const row = Math.floor(from / columns);
  const column = from % columns;
  const below = from + columns;
  switch (key) {
    case "Home":
      return row * columns;
    case "End":
      return (row + 1) * columns - 1;
    case "ArrowLeft":
      return column ? from - 1 : undefined;
    case "ArrowRight":
      return column < columns - 1 ? from + 1 : undefined;
    case "ArrowUp":
      return row ? from - columns : undefined;
  }
  if (below < patches) return below;
  return patches < n ? patches : undefined;
}
