// Text as text: each word stands where the page has it, whatever font the viewer has.

import { measure, svg } from "../../common/dom.js";
import { digits, unless, unlessOne } from "./attributes.js";
import { colourOf } from "./colours.js";

// A text node, line by line and word by word.
export function drawText(node, at, opacity) {
  const text = node.data;
  if (!/\S/.test(text)) return;
  const style = getComputedStyle(node.parentElement);
  const range = document.createRange();
  for (const found of text.matchAll(/\S+/g)) {
    range.setStart(node, found.index);
    range.setEnd(node, found.index + found[0].length);
    const rects = [...range.getClientRects()].filter((rect) => rect.width > 0.1);
    for (const rect of rects) drawLines(node.parentElement, rect, at, opacity);
    if (rects.length === 1) drawWord(found[0], rects[0].left, rects[0], style, at, opacity, "start");
    else if (rects.length) drawBroken(node, found, style, at, opacity);
  }
}

// Lines under and through words: the sign of a sentence is in how it is underlined. Words inherit them from around.
function drawLines(parent, rect, at, opacity) {
  for (let up = parent; up; up = up.parentElement) {
    const style = getComputedStyle(up);
    if (style.textDecorationLine !== "none") drawLine(style, rect, at, opacity);
    if (style.display !== "inline") return;
  }
}

function drawLine(style, rect, at, opacity) {
  const colour = colourOf(style.textDecorationColor, opacity);
  const offset = parseFloat(style.textUnderlineOffset) || 2;
  const below = style.textDecorationLine.includes("line-through") ? 0 : 0.38 * parseFloat(style.fontSize) + offset;
  const y = digits(rect.top + rect.height / 2 + below - at.y);
  at.out.append(
    svg("line", {
      x1: digits(rect.left - at.x),
      x2: digits(rect.right - at.x),
      y1: y,
      y2: y,
      stroke: colour.text,
      "stroke-opacity": unlessOne(colour.opacity),
      "stroke-width": parseFloat(style.textDecorationThickness) || 1,
      "stroke-dasharray": style.textDecorationStyle === "dashed" ? "4 3" : null,
    }),
  );
}

// A word that is cut over two lines.
function drawBroken(node, found, style, at, opacity) {
  const range = document.createRange();
  let piece = "";
  let first = null;
  let end = found.index;
  const flush = () => {
    if (!first) return;
    const line = new DOMRect(first.left, first.top, 0, first.height);
    drawWord(piece, first.left, line, style, at, opacity, "start");
  };
  for (const letter of Array.from(found[0])) {
    range.setStart(node, end);
    end += letter.length;
    range.setEnd(node, end);
    const [rect] = range.getClientRects();
    if (!rect) continue;
    if (!first || Math.abs(rect.top - first.top) > rect.height / 2) {
      flush();
      piece = "";
      first = rect;
    }
    piece += letter;
  }
  flush();
}

// One word at `x`, in the middle of the height of `rect`; from its start it is as wide as `rect`.
export function drawWord(text, x, rect, style, at, opacity, anchor) {
  const colour = colourOf(style.color, opacity);
  const size = parseFloat(style.fontSize);
  if (colour.opacity < 0.01 || !size) return;
  const shape = measure(text, `${style.fontStyle} ${style.fontWeight} ${size}px ${style.fontFamily}`);
  const middle = rect.top + rect.height / 2 - at.y;
  const y = middle + (shape.fontBoundingBoxAscent - shape.fontBoundingBoxDescent) / 2;
  const stretched = anchor === "start" && rect.width > 1;
  at.out.append(
    svg("text", {
      x: digits(x - at.x),
      y: digits(y),
      fill: colour.text,
      "fill-opacity": unlessOne(colour.opacity),
      "font-size": digits(size),
      "font-weight": unless("400", style.fontWeight),
      "font-style": unless("normal", style.fontStyle),
      "text-anchor": unless("start", anchor),
      textLength: stretched ? digits(rect.width) : null,
      lengthAdjust: stretched ? "spacingAndGlyphs" : null,
      text,
    }),
  );
}
