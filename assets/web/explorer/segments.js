// Segments of a picture: shapes with outlines of their own instead of a grid's cells, and a place in each for its sign
// and badges.

import { el, svg } from "../common/dom.js";

const STRIPE = 6; // px between the lines that hatch what lowers
const SVG_NAMES = { width: "100%", height: "100%", preserveAspectRatio: "none" };

export const pieceNoun = ({ segments }) => (segments ? "segment" : "patch");

// What a click finds and what lights up: the outline of one segment with what `props` say of it.
export function shapeNode({ title, ...props }, path) {
  return svg(
    "g",
    props,
    title ? svg("title", { text: title }) : null,
    svg("path", { class: "under", d: path }),
    svg("path", { class: "over", d: path }),
  );
}

// Outlines, over everything that is painted into them.
export function outlineLayer(segments, nodes) {
  return svg("svg", { class: "shapes outlines", viewBox: box(segments), ...SVG_NAMES }, nodes);
}

// Colours below the outlines: of each segment the strength of its tint, signed, and of its influence.
export function tintLayer(segments, tints, shades) {
  const line = svg("line", { x1: 0, x2: 0, y1: 0, y2: STRIPE });
  const pattern = { id: "sx-lowers", width: STRIPE, height: STRIPE, patternUnits: "userSpaceOnUse" };
  const shapes = segments.paths.map((d, f) =>
    svg(
      "g",
      {
        class: `shade${tints[f] < 0 ? " neg" : ""}`,
        "--t": Math.abs(tints[f]).toFixed(3),
        "--m": (shades ? shades[f] : 0).toFixed(3),
      },
      svg("path", { class: "tone", d }),
      tints[f] < 0 ? svg("path", { class: "lowers", fill: "url(#sx-lowers)", d }) : null,
    ),
  );
  const props = { class: "shapes tints", viewBox: box(segments), ...SVG_NAMES, "aria-hidden": "true" };
  return svg("svg", props, svg("defs", null, svg("pattern", pattern, line)), shapes);
}

const box = ({ width, height }) => `0 0 ${width} ${height}`;

// The lines of the hatching stay as far apart on the screen, whatever the picture's size on it.
export function scaleHatching(layer, pixels) {
  layer.querySelector("pattern").setAttribute("patternTransform", `rotate(45) scale(${(1 / pixels).toFixed(4)})`);
}

// A place in each segment, far from its outline; the sign stands in it, and badges do.
export function seatNodes({ segments, patches }, tints) {
  const { width, height, seats } = segments;
  return seats.slice(0, patches).map(([x, y], f) => {
    const sign = ["neg", "", "pos"][Math.sign(tints[f]) + 1];
    const at = { "--x": `${((100 * x) / width).toFixed(3)}%`, "--y": `${((100 * y) / height).toFixed(3)}%` };
    return el("div", { class: `seat ${sign}`, ...at, "--t": Math.abs(tints[f]).toFixed(3) });
  });
}

export const seatLayer = (nodes) => el("div", { class: "seats", "aria-hidden": "true" }, nodes);

// How far on the screen it is from a seat to the outline.
export const roomAt = ({ segments }, f, pixels) => segments.seats[f][2] * pixels;

// The segment that an arrow key leads to: the nearest one in that direction, as seats lie; undefined where none does.
export function moveAmong(seats, from, key) {
  if (key === "Home") return 0;
  if (key === "End") return seats.length - 1;
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  const [x, y] = seats[from];
  let best;
  let least = Infinity;
  seats.forEach(([otherX, otherY], f) => {
    const ahead = (otherX - x) * dx + (otherY - y) * dy;
    const aside = Math.abs((otherX - x) * dy) + Math.abs((otherY - y) * dx);
    if (f === from || ahead <= 0 || aside > 2 * ahead) return;
    const away = ahead + 2 * aside;
    if (away >= least) return;
    least = away;
    best = f;
  });
  return best;
}

// The shape of some segments, in the map's pixels.
export const pathOf = ({ segments }, features) => new Path2D(features.map((f) => segments.paths[f]).join(""));

// Calls `draw` with a pen whose unit is the map's pixel; `draw` may clip.
export function onMap(canvas, { segments }, draw) {
  const pen = canvas.getContext("2d");
  pen.save();
  pen.scale(canvas.width / segments.width, canvas.height / segments.height);
  draw(pen);
  pen.restore();
}
