// What a comparison comes to, at its head: right or wrong in a word, a colour and a shape, then what caused it.

import { el, svg, textNode } from "../common/dom.js";

const SHAPES = {
  right: ["M5 12.5l4.5 4.5L19 7.5"],
  wrong: ["M7 7l10 10", "M17 7L7 17"],
  unknown: ["M8.6 9.2a3.4 3.4 0 1 1 4.8 3.1c-1 .5-1.4 1.1-1.4 2.2", "M12 17.6v.2"],
};
const FRAMES = {
  right: { cx: 12, cy: 12, r: 11 },
  wrong: { d: "M7.5 1h9L23 7.5v9L16.5 23h-9L1 16.5v-9z" },
  unknown: { d: "M12 .8L23.2 12 12 23.2.8 12z" },
};
const NAMES = { right: "Right", wrong: "Wrong", unknown: "Not judged" };

export function build(verdict) {
  const { tone, headline, changed, carried } = verdict;
  const rest = [changed, carried].filter((pieces) => pieces.length);
  return el(
    "section",
    { class: `card verdict ${tone}`, "data-testid": "verdict", "aria-label": "Verdict" },
    icon(tone),
    el(
      "div",
      null,
      el("p", { class: "verdict-head", "data-testid": "verdict-head" }, headline.map(pieceNode)),
      rest.length ? el("p", { class: "verdict-why", "data-testid": "verdict-why" }, spaced(rest)) : null,
    ),
  );
}

function icon(tone) {
  const frame = FRAMES[tone].d ? svg("path", FRAMES[tone]) : svg("circle", FRAMES[tone]);
  frame.setAttribute("class", "verdict-frame");
  const lines = SHAPES[tone].map((d) => svg("path", { d, class: "verdict-mark" }));
  const props = { viewBox: "0 0 24 24", width: 30, height: 30, role: "img", "aria-label": NAMES[tone] };
  return svg("svg", { ...props, class: "verdict-icon" }, frame, lines);
}

const spaced = (sentences) => sentences.map((pieces, at) => [at ? textNode(" ") : null, pieces.map(pieceNode)]);

// Words that are named light up in both texts, as a row of the table does.
function pieceNode({ text, kind, features }) {
  if (kind === "strong") return el("strong", { dir: "auto", text });
  if (kind !== "feature") return textNode(text);
  const props = { class: "ref", role: "button", tabindex: 0, dir: "auto", text };
  return el("span", { ...props, "aria-pressed": "false", "data-features": JSON.stringify(features) });
}
