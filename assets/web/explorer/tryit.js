// Try it: hide features, see what the explanation predicts at once, ask the model for one pass.

import { el } from "../common/dom.js";
import { keyOf, nameNode } from "../common/features.js";
import { ascending, plural } from "../common/numbers.js";
import { bandText, changeText, gapText, inPercent, outputText } from "../common/outputs.js";
import { toggleHidden } from "./state.js";

const PREDICTS = "The full prediction: what is listed and what is too weak to be listed";
const CHECK = "Check with the model (1 pass)";
const MOST_NAMES = 8; // hidden features that are named

// f(m) = constant + sum of coefficients, each negated where an odd number of its members is kept.
export function predict(spectrum, hidden) {
  const { coefficients, lengths, members } = spectrum;
  let total = spectrum.constant;
  let at = 0;
  for (let term = 0; term < lengths.length; term++) {
    let kept = 0;
    for (const end = at + lengths[term]; at < end; at++) if (!hidden.has(members[at])) kept ^= 1;
    total += kept ? -coefficients[term] : coefficients[term];
  }
  return total;
}

export function build(app) {
  const [original, predicted, actual] = [
    reading("original", "original"),
    reading("explanation predicts", "predicted", PREDICTS),
    reading("model says", "actual"),
  ];
  app.readings = { original: original.lastChild, predicted: predicted.lastChild, actual: actual.lastChild };
  app.hiddenList = el("div", { class: "hidden-list", "data-testid": "hidden", "aria-live": "polite" });
  return el(
    "div",
    { class: "tryit", "data-testid": "tryit" },
    el("div", { class: "head" }, el("h3", { text: "Try it" }), el("div", { class: "buttons" }, buttons(app))),
    el("div", { class: "readings" }, app.hiddenList, original, predicted, actual),
  );
}

function reading(name, testid, title) {
  const amount = el("span", { class: "amount", "data-testid": testid });
  return el("div", { class: "reading", title }, el("span", { class: "faint", text: name }), amount);
}

function buttons(app) {
  const { data, state } = app;
  const button = (testid, text, onclick, extra) =>
    el("button", { class: "button", type: "button", "data-testid": testid, text, onclick, ...extra });
  const turn = () => {
    state.hiding = !state.hiding;
    app.paintHidden();
  };
  const reset = () => {
    state.hidden.clear();
    state.hiding = false;
    app.mirror();
    app.paintHidden();
  };
  const title = `Click ${data.nouns} to hide them (key: h). Shift-click always hides.`;
  app.hideButton = button("hide-mode", `Hide ${data.nouns}`, turn, { title });
  app.hideSelected = button("hide-selected", "Hide selected", () => toggleHidden(app, [...state.selection]));
  app.checkButton = button("check", CHECK, () => check(app), { class: "button strong" });
  app.resetButton = button("reset", "Reset", reset);
  return [app.hideButton, app.hideSelected, app.checkButton, app.resetButton];
}

function check(app) {
  const hidden = ascending(app.state.hidden);
  app.state.waiting = keyOf(hidden);
  app.fire("check", { hidden });
  paint(app);
}

export function paint(app) {
  const hidden = ascending(app.state.hidden);
  const key = keyOf(hidden);
  paintButtons(app, key);
  app.hiddenList.replaceChildren(...hiddenNodes(app, hidden));
  const { full, empty, dropped } = app.data.tryit;
  const scale = Math.max(Math.abs(full), Math.abs(empty), app.data.heat.largest) || 1;
  const predicted = predict(app.data.tryit, app.state.hidden);
  const { readings } = app;
  const { outcome } = app.data;
  readings.original.textContent = outputText(outcome, full, scale);
  readings.predicted.replaceChildren(outputText(outcome, predicted, scale));
  if (hidden.length) readings.predicted.append(small(` ${changeText(outcome, full, predicted, scale)} change`));
  if (dropped) readings.predicted.append(small(` without ${plural(dropped, "weak term", "weak terms")}`));
  readings.actual.replaceChildren(...verdict(app, key, predicted, scale));
}

const small = (text, props) => el("small", { ...props, text });

function paintButtons(app, key) {
  const { data, state } = app;
  const waiting = state.waiting === key;
  const refused = data.can_check === false;
  app.hideButton.setAttribute("aria-pressed", String(state.hiding));
  app.hideSelected.hidden = !state.selection.length;
  const allHidden = state.selection.every((f) => state.hidden.has(f));
  app.hideSelected.textContent = allHidden ? "Show selected" : "Hide selected";
  app.resetButton.disabled = !key && !state.hiding;
  app.checkButton.disabled = !key || refused || waiting || state.checks.has(key);
  app.checkButton.title = refused ? data.check_reason || "The model is not available here" : "";
  app.checkButton.textContent = waiting ? "Asking the model…" : CHECK;
}

function hiddenNodes(app, hidden) {
  const { data } = app;
  if (!hidden.length) {
    const here = `click ${data.nouns} above to hide them`;
    const how = app.state.hiding ? here : `hide ${data.nouns} and see what happens`;
    const unit = inPercent(data.outcome) ? `how likely is ${data.ends.towards}` : data.value_unit;
    return [el("span", { class: "faint", text: `${how} (${unit})` })];
  }
  const name = (f) => (data.picture ? nameNode(data, f) : el("q", null, nameNode(data, f)));
  const names = hidden.slice(0, MOST_NAMES).flatMap((f, at) => [at ? ", " : "", name(f)]);
  const rest = hidden.length - MOST_NAMES;
  const count = el("span", { class: "faint", text: `hidden (${hidden.length}): ` });
  return [count, ...names, rest > 0 ? ` and ${rest} more` : ""];
}

// What the model says where these features are hidden, and whether the prediction is as near as it should be.
function verdict(app, key, predicted, scale) {
  const { data, state } = app;
  if (!key) return [outputText(data.outcome, data.tryit.full, scale)];
  if (state.checkError && state.checkError.key === key)
    return [small(state.checkError.text, { class: "low", role: "alert" })];
  if (!state.checks.has(key))
    return [el("span", { class: "faint", text: state.waiting === key ? "…" : "not asked yet" })];
  const actual = state.checks.get(key);
  return [outputText(data.outcome, actual, scale), gapNode(data, predicted, actual, scale)];
}

function gapNode({ outcome, trust: { rmse } }, predicted, actual, scale) {
  const gap = Math.abs(actual - predicted);
  const off = `off by ${gapText(outcome, predicted, actual, scale)}`;
  if (rmse === null || rmse === undefined) return small(` ${off}`);
  // Two root mean squares: what about 19 of 20 uniform masks stay within.
  const near = gap <= Math.max(2 * rmse, 1e-9 * scale);
  const band = bandText(outcome, predicted, 2 * rmse, scale);
  return el("small", {
    class: near ? "good" : "low",
    "data-testid": "check-verdict",
    title: "twice the root mean square error on unseen masks",
    text: near ? ` ✓ ${off}, within the expected ${band}` : ` ✗ ${off}, more than the expected ${band}`,
  });
}

// The model's answer to a check, or why there is none.
export function receive(app) {
  const { checked } = app.data;
  if (!checked) return;
  const { state } = app;
  const key = keyOf(ascending(checked.hidden));
  if (typeof checked.value === "number") {
    state.checks.set(key, checked.value);
    state.checkError = null;
  } else if (checked.error) state.checkError = { key, text: checked.error };
  if (state.waiting === key) state.waiting = null;
}
