// Pictures within the picture: pixels as pixels, and shapes of an SVG with their computed colours.

import { el, put, svg } from "../../common/dom.js";
import { digits, place, unless, unlessOne } from "./attributes.js";
import { colourOf } from "./colours.js";

const GEOMETRY = ["x", "y", "width", "height", "rx", "ry", "cx", "cy", "r", "x1", "x2", "y1", "y2", "d", "points"];
const FAINTEST = 0.01;
const PATTERN = /^url\("?#([\w-]+)"?\)/;

let patterns = 0; // each has an id of its own

export function drawPixels(node, box, style, at, opacity) {
  const href = addressOf(node, box, style);
  if (!href) return;
  const { width, height } = box;
  const here = place({ x: box.left - at.x, y: box.top - at.y, width, height });
  at.out.append(svg("image", { ...here, preserveAspectRatio: "none", opacity: unlessOne(opacity), href }));
}

// Painted as it looks, filters included, because viewers differ in those.
function addressOf(node, box, style) {
  const ready = node.localName === "canvas" ? node.width && node.height : node.complete && node.naturalWidth;
  if (!ready) return "";
  const [width, height] = [box.width, box.height].map((side) => Math.max(1, Math.round(2 * side)));
  const canvas = el("canvas", { width, height });
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = style.imageRendering !== "pixelated";
  pen.imageSmoothingQuality = "high";
  if (style.filter !== "none") pen.filter = style.filter;
  pen.drawImage(node, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png");
}

// The shapes of an SVG, its texts as they are.
export function drawShapes(node, at, opacity) {
  for (const shape of node.querySelectorAll("rect, circle, line, path, text, polygon"))
    if (!shape.closest("defs, pattern, clipPath")) drawShape(shape, node, at, opacity);
}

function drawShape(shape, node, at, opacity) {
  const style = getComputedStyle(shape);
  const seen = opacity * opacityWithin(shape, node);
  const pattern = PATTERN.exec(style.fill);
  const shown = seen * Number(style.fillOpacity);
  const fill = pattern
    ? { text: shown < FAINTEST ? "none" : patternOf(node, pattern[1], at), opacity: shown }
    : colourOf(style.fill, shown);
  const stroke = colourOf(style.stroke, seen * Number(style.strokeOpacity));
  const filled = fill.opacity >= FAINTEST;
  const lined = stroke.opacity > FAINTEST && parseFloat(style.strokeWidth) > 0;
  if (style.display === "none" || style.visibility === "hidden" || (!filled && !lined)) return;
  const matrix = shape.getScreenCTM();
  const { a, b, c, d, e, f } = matrix;
  const copy = svg(shape.localName, {
    transform: `matrix(${[a, b, c, d, e - at.x, f - at.y].map(digits).join(" ")})`,
    fill: filled ? fill.text : "none",
    "fill-opacity": filled ? unlessOne(fill.opacity) : null,
  });
  if (lined) put(copy, lineOf(style, stroke, matrix), []);
  for (const name of GEOMETRY) if (shape.hasAttribute(name)) copy.setAttribute(name, shape.getAttribute(name));
  if (shape.localName === "text") put(copy, letteringOf(shape, style), []);
  at.out.append(copy);
}

// A copy of a pattern of the picture's, as it looks; returns what fills a shape with it.
function patternOf(picture, name, at) {
  const pattern = picture.querySelector(`#${name}`);
  const id = `pattern${patterns++}`;
  const copy = svg("pattern", { id });
  for (const each of ["width", "height", "patternUnits", "patternTransform"])
    if (pattern.hasAttribute(each)) copy.setAttribute(each, pattern.getAttribute(each));
  for (const line of pattern.children) {
    const style = getComputedStyle(line);
    const stroke = colourOf(style.stroke, Number(style.strokeOpacity));
    const same = svg(line.localName, { stroke: stroke.text, "stroke-width": digits(parseFloat(style.strokeWidth)) });
    for (const each of GEOMETRY) if (line.hasAttribute(each)) same.setAttribute(each, line.getAttribute(each));
    copy.append(same);
  }
  at.out.append(copy);
  return `url(#${id})`;
}

// Of a shape and everything around it, up to the picture itself.
function opacityWithin(shape, picture) {
  let opacity = 1;
  for (let up = shape; up && up !== picture; up = up.parentElement) opacity *= Number(getComputedStyle(up).opacity);
  return opacity;
}

function lineOf(style, stroke, { a, b, c, d }) {
  const scale = style.vectorEffect === "non-scaling-stroke" ? 1 / Math.sqrt(Math.abs(a * d - b * c) || 1) : 1;
  return {
    stroke: stroke.text,
    "stroke-opacity": unlessOne(stroke.opacity),
    "stroke-width": digits(parseFloat(style.strokeWidth) * scale),
    "stroke-dasharray": style.strokeDasharray === "none" ? null : style.strokeDasharray.replace(/px/g, ""),
    "stroke-linecap": unless("butt", style.strokeLinecap),
  };
}

function letteringOf(shape, style) {
  const texts = [...shape.childNodes].filter((kid) => kid.nodeType === Node.TEXT_NODE);
  return {
    "font-size": digits(parseFloat(style.fontSize)),
    "font-weight": unless("400", style.fontWeight),
    "text-anchor": unless("start", style.textAnchor),
    text: texts.map((kid) => kid.data).join(""),
  };
}
