// A result of a thumb's size: its words, its passages or its patches in the colours of the heatmap.

import { el, svg } from "../common/dom.js";
import { visible } from "../common/signs.js";

const WIDTH = 84;
const HEIGHT = 48;
const LINE = 9; // px from one line of words to the next
const LETTER = 3.1; // px
const BAR = 5;

const strength = (tint) => ({ class: `tint ${tint < 0 ? "neg" : "pos"}`, "--tint": Math.abs(tint).toFixed(2) });

export function thumbnail(data) {
  const parts = Array.isArray(data) ? data : [data];
  const height = HEIGHT / parts.length;
  return svg(
    "svg",
    { class: "thumb", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": true },
    parts.map((part, at) => svg("g", { transform: `translate(0 ${at * height})` }, drawn(part, height - 2))),
  );
}

function drawn(part, height) {
  if (part.words) return words(part.words, height);
  if (part.bars) return bars(part.bars, height);
  return patches(part, height);
}

// Words as the boxes they fill, as many lines as there is room for.
export function wrapped(list, height) {
  const boxes = [];
  let x = 0;
  let y = 0;
  for (const [text, tint] of list) {
    const width = Math.max(4, [...text].length * LETTER + 3);
    if (x > 0 && x + width > WIDTH) {
      x = 0;
      y += LINE;
    }
    if (y + LINE - 2 > height) break;
    boxes.push({ x, y, width: Math.min(width, WIDTH), text, tint });
    x += width + 2;
  }
  return boxes;
}

function words(list, height) {
  return wrapped(list, height).map(({ x, y, width, text, tint }) => [
    svg("rect", { ...strength(tint), x, y, width, height: LINE - 2, rx: 1.5 }),
    svg("text", { x: x + 1.5, y: y + 5.6, textLength: width - 3, lengthAdjust: "spacingAndGlyphs" }, visible(text)),
  ]);
}

// Passages as bars in reading order, each as long as its share of the text.
export function lines(list, height) {
  const rows = Math.max(1, Math.floor(height / BAR));
  const whole = rows * WIDTH;
  const boxes = [];
  let at = 0;
  for (const [share, tint] of list) {
    let left = share * whole;
    while (left > 0.01) {
      const row = Math.floor(at / WIDTH + 1e-6);
      const width = Math.min(left, WIDTH - (at - row * WIDTH));
      boxes.push({ x: at - row * WIDTH, y: row * BAR, width, tint });
      at += width;
      left -= width;
    }
  }
  return boxes;
}

const bars = (list, height) =>
  lines(list, height).map(({ x, y, width, tint }) =>
    svg("rect", { ...strength(tint), x, y, width: Math.max(0.5, width - 0.8), height: BAR - 1.5, rx: 1 }),
  );

function patches({ patches: boxes, picture, shape }, height) {
  const width = Math.min(WIDTH, height * shape);
  const tall = width / shape;
  return [
    svg("image", { href: picture, width, height: tall, preserveAspectRatio: "none", class: "thumb-picture" }),
    boxes.map(([x, y, w, h, tint]) =>
      svg("rect", {
        ...strength(tint),
        class: `${strength(tint).class} over`,
        x: x * width,
        y: y * tall,
        width: w * width,
        height: h * tall,
      }),
    ),
  ];
}

export const thumb = (data) => el("span", { class: "thumb-frame" }, thumbnail(data));
