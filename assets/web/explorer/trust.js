// One line of trust, and what it rests on one click deeper: each fact in words with a small picture of its numbers.

import { el, svg } from "../common/dom.js";
import { clamp } from "../common/numbers.js";

const WIDE = 132;
const HIGH = 40;

// A level is told by its shape before its colour.
const SHAPES = {
  good: ["M9 1a8 8 0 1 0 0 16a8 8 0 1 0 0-16z", "M5 9.2l2.8 2.8l5-5.6"],
  fair: ["M2.5 1.5h13v15h-13z", "M5 10.4q2-3 4-1.2t4-1.6"],
  low: ["M9 1.2L17.4 16.5H.6z", "M9 6.5v4.6M9 13.4v.6"],
  bad: ["M5.7 1h6.6L17 5.7v6.6L12.3 17H5.7L1 12.3V5.7z", "M5.8 5.8l6.4 6.4M12.2 5.8l-6.4 6.4"],
  early: ["M9 1a8 8 0 1 0 0 16a8 8 0 1 0 0-16z", "M9 4.6V9l3 2"],
  nothing: ["M9 1a8 8 0 1 0 0 16a8 8 0 1 0 0-16z", "M5 9h8"],
};

// While a run goes on nothing is judged badly: there is not enough yet.
export function lineOf({ trust, live }) {
  const { line } = trust;
  if (!live || !["low", "bad"].includes(line.level)) return line;
  return { level: "early", word: "Too early to say", says: "the first estimate sharpens as passes arrive" };
}

export function build(app) {
  const { facts } = app.data.trust;
  const line = lineOf(app.data);
  const more = el("span", { class: "more link", text: "what this rests on" });
  const words = [el("b", { text: `Trust: ${line.word}` }), el("span", { text: `: ${line.says}.` })];
  const summary = el("summary", null, icon(line.level), el("span", { class: "line" }, words), more);
  const props = { class: `card trust is-${line.level}`, "data-testid": "trust", "data-level": line.level };
  const box = el("details", props, summary, el("div", { class: "facts" }, facts.map(factNode)));
  box.open = app.state.trusting === true;
  box.ontoggle = () => {
    app.state.trusting = box.open;
  };
  return box;
}

function icon(level) {
  const [shape, mark] = SHAPES[level];
  const lines = { fill: "none", stroke: "currentColor", "stroke-width": 1.8, "stroke-linecap": "round" };
  const dashed = level === "early" || level === "nothing" ? { "stroke-dasharray": "3 2.4" } : {};
  return svg(
    "svg",
    { class: "icon", width: 18, height: 18, viewBox: "0 0 18 18", "aria-hidden": "true" },
    svg("path", { d: shape, ...lines, ...dashed }),
    svg("path", { d: mark, ...lines }),
  );
}

function factNode(fact) {
  return el(
    "div",
    { class: "fact", "data-testid": `trust-${fact.name}` },
    el(
      "div",
      { class: "picture", "aria-hidden": "true" },
      fact.picture ? PICTURES[fact.picture.kind](fact.picture) : null,
    ),
    el("div", null, el("h4", { text: fact.title }), el("p", { text: fact.text })),
  );
}

const drawing = (...parts) => svg("svg", { width: WIDE, height: HIGH, viewBox: `0 0 ${WIDE} ${HIGH}` }, parts);
const across = (share) => 4 + clamp(share, 0, 1) * (WIDE - 8);

// R² from 0 to 1: what is reached, its interval, and the most that could be.
function scale({ value, low, high, ceiling }) {
  const at = across(value);
  return drawing(
    svg("rect", { class: "ground", x: 4, y: 12, width: WIDE - 8, height: 12, rx: 6 }),
    svg("rect", { class: "reached", x: 4, y: 12, width: Math.max(2, at - 4), height: 12, rx: 6 }),
    low === null ? null : svg("path", { class: "range", d: `M${across(low)} 18H${across(high)}` }),
    ceiling === null ? null : svg("path", { class: "limit", d: `M${across(ceiling)} 7V29` }),
    svg("text", { x: 4, y: 38, text: "0" }),
    svg("text", { x: WIDE - 4, y: 38, "text-anchor": "end", text: "1" }),
  );
}

function dots({ filled, of }) {
  const step = Math.min(13, (WIDE - 8) / of);
  const dot = (_, k) =>
    svg("circle", { class: k < filled ? "reached" : "open", cx: 9 + k * step, cy: 18, r: Math.min(4.6, step / 2 - 1) });
  return drawing(Array.from({ length: of }, dot));
}

// How many of each size.
function bars({ bars: counts }) {
  const most = Math.max(...counts.map(([, count]) => count));
  const step = Math.min(26, (WIDE - 8) / counts.length);
  return drawing(
    counts.map(([label, count], k) => {
      const tall = Math.max(2, (26 * count) / most);
      const x = 4 + k * step;
      return [
        svg("rect", { class: "reached", x, y: 27 - tall, width: step - 5, height: tall, rx: 2 }),
        svg("text", { x: x + (step - 5) / 2, y: 38, "text-anchor": "middle", text: label }),
      ];
    }),
  );
}

function part({ value, of }) {
  const wide = (WIDE - 8) * clamp(value / of, 0, 1);
  return drawing(
    svg("rect", { class: "ground", x: 4, y: 12, width: WIDE - 8, height: 12, rx: 3 }),
    svg("rect", { class: "reached", x: 4, y: 12, width: wide, height: 12, rx: 3 }),
  );
}

const PICTURES = { scale, dots, bars, part };
