// What is drawn on the page as one SVG: text as text, boxes as rectangles, colours as computed. No foreignObject and
// nothing outside the file, so that any viewer shows it.

import { svg } from "../../common/dom.js";
import { drawBox } from "./boxes.js";
import { drawPixels, drawShapes } from "./images.js";
import { drawText, drawWord } from "./words.js";

const CONTROLS = "button, input, select, .save, .tryit, script, style, title";
const FAINTEST = 0.01;

// Everything below `nodes` as SVG elements, at its place relative to `frame` (a DOMRect).
export function drawing(nodes, frame) {
  const out = svg("g");
  const at = { out, x: frame.left, y: frame.top };
  for (const node of nodes) draw(node, at, 1);
  return out;
}

function draw(node, at, opacity) {
  if (node.nodeType === Node.TEXT_NODE) drawText(node, at, opacity);
  else if (node.nodeType === Node.ELEMENT_NODE && !node.matches(CONTROLS)) drawElement(node, at, opacity);
}

function drawElement(node, at, opacity) {
  const style = getComputedStyle(node);
  if (style.display === "none" || style.visibility === "hidden") return;
  const seen = opacity * Number(style.opacity);
  if (seen < FAINTEST) return;
  const box = node.getBoundingClientRect();
  if (node.localName === "svg") drawShapes(node, at, seen);
  else if (node.localName === "img" || node.localName === "canvas") drawPixels(node, box, style, at, seen);
  else {
    const lines = style.display === "inline" ? [...node.getClientRects()] : [box];
    for (const line of lines) drawBox(line, style, at, seen);
    drawContent(node, "::before", box, at, seen);
    for (const kid of node.childNodes) draw(kid, at, seen);
    drawContent(node, "::after", box, at, seen);
  }
}

// Numbers of badges, the line under a word, the sign on a patch: all of them are CSS content.
function drawContent(node, which, box, at, opacity) {
  const style = getComputedStyle(node, which);
  const { content } = style;
  if (content === "none" || content === "normal" || style.display === "none") return;
  const seen = opacity * Number(style.opacity);
  if (seen < FAINTEST) return;
  let rect = box;
  if (style.position === "absolute") {
    rect = placeOf(style, box);
    drawBox(rect, style, at, seen);
  }
  const text = content.startsWith('"') ? content.slice(1, -1) : "";
  if (text) drawWord(text, rect.left + rect.width / 2, rect, style, at, seen, "middle");
}

// Where CSS puts absolute content: its computed size is without borders unless box-sizing says otherwise.
function placeOf(style, box) {
  const pixels = (...names) => names.reduce((sum, name) => sum + parseFloat(style[name]), 0);
  const inside = style.boxSizing === "border-box";
  const across = inside ? 0 : pixels("borderLeftWidth", "borderRightWidth");
  const down = inside ? 0 : pixels("borderTopWidth", "borderBottomWidth");
  const [width, height] = [pixels("width") + across, pixels("height") + down];
  return new DOMRect(box.left + pixels("left"), box.top + pixels("top"), width, height);
}
