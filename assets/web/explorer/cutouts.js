// The strongest interactions as cut-outs: the picture in grey, only the members in colour.

import { el } from "../common/dom.js";
import { badgeNode, keyOf, namesText, nameText, signClass, towardName } from "../common/features.js";
import { why } from "./nothing.js";
import { moreText, rowLabel, valueText } from "./rows.js";
import { saveControl } from "./saving.js";
import { onMap, pathOf, pieceNoun } from "./segments.js";

const MORE = 6; // cut-outs that one press adds
const GAP = 10; // px between cut-outs
const FINE = 20; // columns from which the members are small
const FLAT = 3; // width over height, from which cut-outs stand one below the other
const LINES = [
  ["rgba(0,0,0,.55)", 3],
  ["#fff", 1.25],
]; // around the members: a light one within a dark one

export function build(app) {
  app.cutoutList = el("div", { class: "cutouts" });
  app.cutoutFoot = el("p", { class: "foot" });
  return el(
    "section",
    { class: "card", "data-testid": "cutouts" },
    el("div", { class: "head" }, el("h3", { text: "Top interactions as cut-outs" })),
    app.cutoutList,
    app.cutoutFoot,
    saveControl(app, "cutouts", "Cut-outs", () => [app.cutoutList]),
  );
}

// After a filter or a change of width.
export function draw(app) {
  const { data, state } = app;
  const { patches, width, height } = data.picture;
  const rows = app.passing.groups.filter((row) => row.features[0] < patches);
  const flat = width / height > FLAT;
  const shown = rows.slice(0, state.cutouts + (flat ? MORE : 0)); // flat ones leave room for more
  const { columns, size } = layout(data.picture, app.cutoutList.clientWidth || 300);
  app.thumbSize = size;
  app.cutoutList.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
  app.cutoutList.replaceChildren(...shown.map((row) => card(app, row)));
  app.cutoutFoot.replaceChildren(...footNodes(app, rows.length, shown.length));
  paintAll(app);
}

// How many cut-outs stand side by side in `room` pixels, and their [width, height].
export function layout({ width, height, columns, segments, patches }, room) {
  const aspect = width / height;
  const fine = (segments ? Math.sqrt(patches * aspect) : columns) > FINE;
  const wanted = leastWidth(aspect, fine);
  const least = aspect > FLAT ? wanted : Math.min(wanted, Math.floor((room - GAP) / 2));
  const count = Math.max(1, Math.floor((room + GAP) / (least + GAP)));
  const fit = Math.min((room - GAP * (count - 1)) / count - 4, (fine ? 190 : 140) * aspect, 320);
  return { columns: count, size: [Math.max(8, Math.floor(fit)), Math.max(8, Math.round(fit / aspect))] };
}

function leastWidth(aspect, fine) {
  if (aspect > FLAT) return 230;
  if (aspect < 0.6) return 84;
  return fine ? 150 : 118; // small members need room
}

function footNodes(app, found, shown) {
  const { data, state } = app;
  if (!found) {
    const filtered = data.picture.words && data.table.rows.some((row) => row.number);
    return [filtered ? `No interaction with a ${pieceNoun(data.picture)} matches the filters.` : why(app)];
  }
  if (found <= shown) return [];
  const left = found - shown;
  const text = moreText(left, MORE);
  const onclick = () => {
    state.cutouts += MORE;
    app.redraw();
  };
  return [el("button", { class: "link", type: "button", "data-testid": "more-cutouts", text, onclick })];
}

function card(app, row) {
  const { data } = app;
  const { patches } = data.picture;
  const words = row.features.filter((f) => f >= patches).map((f) => nameText(data, f));
  const value = valueText(data, row);
  const canvas = el("canvas", { "aria-hidden": "true" });
  canvas.members = row.features.filter((f) => f < patches);
  canvas.sign = signClass(row.push);
  return el(
    "div",
    {
      class: "cutout",
      role: "button",
      tabindex: 0,
      "aria-pressed": "false",
      "data-f": keyOf(row.features),
      "data-mark": "row",
      "data-testid": `cutout-${row.number}`,
      "aria-label": rowLabel(data, row),
      title: `${namesText(data, row.features)}\n${value}, ${towardName(data, row.push)}`,
    },
    canvas,
    el(
      "div",
      { class: "cutout-text" },
      badgeNode(row),
      el("b", { text: value }),
      words.length ? el("span", { class: "faint", dir: "auto", text: `+ ${words.join(" + ")}` }) : null,
    ),
  );
}

export function paintAll(app) {
  if (!app.cutoutList || !app.thumbSize || !app.image.complete || !app.image.naturalWidth) return;
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  const [width, height] = app.thumbSize.map((side) => Math.round(side * ratio));
  const thumbs = thumbsOf(app, width, height);
  for (const canvas of app.cutoutList.querySelectorAll("canvas")) {
    canvas.width = width;
    canvas.height = height;
    canvas.style.width = `${app.thumbSize[0]}px`;
    canvas.style.height = `${app.thumbSize[1]}px`;
    paint(canvas, thumbs, app.data.picture, ratio);
  }
}

// One small picture in colour and one in grey, from which all cut-outs are put together.
function thumbsOf(app, width, height) {
  if (app.thumbs && app.thumbs.width === width && app.thumbs.height === height) return app.thumbs;
  const [source, sourceWidth] = halved(app.image, width, height);
  const smooth = !(app.data.picture.drawn && sourceWidth < width);
  const scaled = () => {
    const canvas = el("canvas", { width, height });
    const pen = canvas.getContext("2d");
    pen.imageSmoothingEnabled = smooth;
    pen.drawImage(source, 0, 0, width, height);
    return canvas;
  };
  const colour = scaled();
  const grey = scaled();
  const pen = grey.getContext("2d");
  pen.globalCompositeOperation = "saturation";
  pen.fillStyle = "#888";
  pen.fillRect(0, 0, width, height);
  pen.globalCompositeOperation = "source-over";
  pen.fillStyle = "rgba(140,140,140,.35)";
  pen.fillRect(0, 0, width, height);
  app.thumbs = { width, height, colour, grey };
  return app.thumbs;
}

// The image halved until one more step would make it smaller than wanted, and its width.
function halved(image, width, height) {
  let source = image;
  let w = image.naturalWidth;
  let h = image.naturalHeight;
  while (w > 2 * width && h > 2 * height) {
    w = Math.ceil(w / 2);
    h = Math.ceil(h / 2);
    const half = el("canvas", { width: w, height: h });
    half.getContext("2d").drawImage(source, 0, 0, w, h);
    source = half;
  }
  return [source, w];
}

function paint(canvas, { colour, grey, width, height }, picture, ratio) {
  const { columns, rows } = picture;
  const pen = canvas.getContext("2d");
  const inside = new Set(canvas.members);
  pen.drawImage(grey, 0, 0);
  if (picture.segments) {
    paintShapes(canvas, colour, picture, ratio);
    return;
  }
  for (const f of canvas.members) {
    const [column, row] = [f % columns, Math.floor(f / columns)];
    const [x, y] = [Math.round((column * width) / columns), Math.round((row * height) / rows)];
    const w = Math.round(((column + 1) * width) / columns) - x;
    const h = Math.round(((row + 1) * height) / rows) - y;
    pen.drawImage(colour, x, y, w, h, x, y, w, h);
    strokeEdges(pen, edges(f, inside, columns, w, h), x, y, ratio);
  }
}

// The members in one shape: of its lines only what lies outside of it is left, so that none runs between two members.
function paintShapes(canvas, colour, picture, ratio) {
  const { segments } = picture;
  const shape = pathOf(picture, canvas.members);
  onMap(canvas, picture, (pen) => {
    const unit = segments.width / canvas.width;
    for (const [shade, size] of LINES) {
      pen.strokeStyle = shade;
      pen.lineWidth = (size + 1) * ratio * unit;
      pen.stroke(shape);
    }
    pen.clip(shape);
    pen.drawImage(colour, 0, 0, segments.width, segments.height);
  });
}

// The sides of a patch that no other member shares, as [x1, y1, x2, y2] within it.
export function edges(f, inside, columns, w, h) {
  const column = f % columns;
  const sides = [
    [f - columns, 0, 0, w, 0],
    [f + columns, 0, h, w, h],
    [column ? f - 1 : -1, 0, 0, 0, h],
    [column < columns - 1 ? f + 1 : -1, w, 0, w, h],
  ];
  return sides.filter(([next]) => !inside.has(next)).map(([, ...ends]) => ends);
}

function strokeEdges(pen, sides, x, y, ratio) {
  for (const [shade, size] of LINES) {
    pen.strokeStyle = shade;
    pen.lineWidth = size * ratio;
    pen.beginPath();
    for (const [x1, y1, x2, y2] of sides) {
      pen.moveTo(x + x1, y + y1);
      pen.lineTo(x + x2, y + y2);
    }
    pen.stroke();
  }
}
