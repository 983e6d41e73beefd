// The verdict: right or wrong, and a bar from "everything hidden" to the answer, as probabilities or in log-odds.

import { el } from "../common/dom.js";
import { inPercent, outputText, probability, read, reading, withUnit } from "../common/outputs.js";
import * as TryIt from "./tryit.js";

const MARKS = { true: ["✓", "good"], false: ["✗", "bad"] }; // the shape says it without the colour

// Right or wrong in words, shape and colour; nothing where nobody said what is right.
export function verdictNode({ outcome }) {
  if (!outcome.verdict) return null;
  const [mark, tone] = MARKS[outcome.right] || ["?", ""];
  return el(
    "p",
    { class: `judged ${tone}`, "data-testid": "verdict", "data-right": String(outcome.right) },
    el("span", { class: "mark", "aria-hidden": "true", text: mark }),
    el("span", { text: outcome.verdict }),
  );
}

// An output within a sentence.
export function outputNode(app, piece) {
  const node = el(piece.kind === "strong" ? "strong" : "span", { class: "output", "data-testid": "output" });
  node.textContent = withUnit(app.data.outcome, piece.output);
  app.outputs.push([node, piece.output]);
  return node;
}

export function build(app) {
  const { outcome } = app.data;
  if (!outcome.bar) return null;
  app.bar = el("div", { class: "outcome" });
  return el("div", { class: "outcome-row" }, app.bar, outcome.two_ways ? switchNode(app) : null);
}

function switchNode(app) {
  const { unit } = app.data.outcome;
  const button = (as, text) =>
    el("button", {
      class: "chip",
      type: "button",
      "data-testid": `outputs-${as}`,
      "data-as": as,
      text,
      onclick: () => {
        read(as);
        paint(app);
        TryIt.paint(app);
      },
    });
  app.switchChips = [button("probability", "probability"), button("log", unit)];
  return el("div", { class: "chips switch", role: "group", "aria-label": "Show outputs as" }, app.switchChips);
}

// After the switch.
export function paint(app) {
  const { outcome } = app.data;
  for (const [node, value] of app.outputs) node.textContent = withUnit(outcome, value);
  if (!outcome.bar) return;
  for (const chip of app.switchChips || []) chip.setAttribute("aria-pressed", String(chip.dataset.as === reading()));
  app.bar.replaceChildren(...barNodes(outcome));
  app.effectsNote.hidden = !(outcome.two_ways && inPercent(outcome));
}

function barNodes(outcome) {
  const { from, to, middle } = places(outcome);
  const rises = to >= from;
  const start = outputText(outcome, outcome.empty);
  const end = outputText(outcome, outcome.full);
  const said = `${outcome.start}: ${start}. As asked: ${end}. The scale runs from ${outcome.against} to ${outcome.towards}.`;
  const at = (place) => `left:${(100 * place).toFixed(2)}%`;
  const span = `${at(Math.min(from, to))};width:${(100 * Math.abs(to - from)).toFixed(2)}%`;
  return [
    el(
      "div",
      { class: "track", role: "img", "aria-label": capital(said), "data-testid": "outcome-bar" },
      middle === null ? null : el("i", { class: "middle", style: at(middle) }),
      el("i", { class: `moved ${rises ? "pos" : "neg"}`, style: span }),
      el("i", { class: "from", style: at(from) }),
      el("i", { class: "to", style: at(to) }),
    ),
    el(
      "div",
      { class: "scale faint", "aria-hidden": "true" },
      el("span", { text: `← ${outcome.against}` }),
      el("span", { text: `${outcome.towards} →` }),
    ),
    el(
      "div",
      { class: "scale key", "aria-hidden": "true" },
      el("span", null, el("i", { class: "from" }), `${outcome.start} `, el("b", { text: start })),
      el("span", null, el("i", { class: "to" }), "as asked ", el("b", { text: end })),
    ),
  ];
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// Where the bar starts and ends and where its middle is, from 0 to 1; no middle where one answer stands alone.
export function places(outcome) {
  const { full, empty, unit } = outcome;
  const inside = (x) => Math.max(0, Math.min(1, x));
  if (inPercent(outcome)) {
    const [from, to] = [empty, full].map((value) => inside(probability(value, unit)));
    return { from, to, middle: 0.5 };
  }
  if (unit === "log-odds") {
    const reach = 1.1 * Math.max(Math.abs(full), Math.abs(empty), 1);
    return { from: inside(0.5 + empty / reach / 2), to: inside(0.5 + full / reach / 2), middle: 0.5 };
  }
  const reach = 1.1 * Math.max(-full, -empty, 1);
  return { from: inside(1 + empty / reach), to: inside(1 + full / reach), middle: null };
}

// Why the numbers of words and groups are not percentages.
export function effectsNote(app) {
  const { unit } = app.data.outcome;
  const text = `Effects are in ${unit}, which add up; percentages do not.`;
  app.effectsNote = el("p", { class: "hint effects-note", text, hidden: true });
  return app.effectsNote;
}
