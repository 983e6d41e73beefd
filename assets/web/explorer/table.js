// The ranked table.

import { el } from "../common/dom.js";
import {
  badgeNode,
  effectText,
  headingNode,
  keyOf,
  nameNode,
  namesText,
  signClass,
  towardName,
} from "../common/features.js";
import { axis, counted } from "../common/numbers.js";
import * as Filters from "./filters.js";
import { again, moreText, share, valueText } from "./rows.js";
import { thumbNode } from "./thumbs.js";

const MORE = 30; // rows that one press adds

export function build(app) {
  app.grid = el("div", { class: "grid", role: "grid", "aria-label": "Ranked interactions", "data-testid": "table" });
  app.gridFoot = el("p", { class: "foot" });
  return el("section", { class: "card ranked" }, Filters.build(app), app.grid, app.gridFoot);
}

// After every change of the filters.
export function fill(app) {
  const { data, state } = app;
  Filters.paint(app);
  const { rows, weak } = app.passing;
  const shown = rows.slice(0, state.shown);
  const unfolded = state.weak ? weak : [];
  const ends = axis([...shown, ...unfolded].flatMap((row) => [row.value, row.low, row.high]));
  const nodes = (list, from) => list.map((row, at) => rowNode(data, row, from + at, ends));
  const head = shown.length || unfolded.length ? [headNode(data)] : [];
  const none = rows.length || unfolded.length ? [] : [emptyNode(app)];
  const fold = weak.length ? [foldNode(app, weak.length)] : [];
  app.grid.replaceChildren(...head, ...none, ...nodes(shown, 0), ...fold, ...nodes(unfolded, shown.length));
  app.gridFoot.replaceChildren(...(rows.length ? footNodes(app, rows, shown) : []));
}

// What hardly reappears when the passes are drawn again stands apart, folded.
function foldNode(app, count) {
  const { state, data } = app;
  const onclick = () => {
    state.weak = !state.weak;
    app.refilter();
  };
  const text = `${state.weak ? "▾" : "▸"} ${counted(count)} weak`;
  const button = {
    class: "link",
    type: "button",
    "data-testid": "weak",
    "aria-expanded": String(state.weak),
    text,
    onclick,
  };
  const why = `: listed again in fewer than half of ${data.table.resamples} resamples, so neither numbered nor drawn`;
  const cell = el("span", { role: "gridcell", class: "fold-cell" }, el("button", button), why);
  return el("div", { class: "weak-fold faint", role: "row" }, cell);
}

function headNode(data) {
  const members = data.picture ? "members" : data.nouns;
  const titles = ["number", members, "order", data.index === "Fourier" ? "coefficient" : "effect", "bar"];
  const place = ["mute", "", "num", "num", "mute"];
  return el(
    "div",
    { class: "tr th", role: "row" },
    titles.map((title, at) => headingNode(title, place[at])),
  );
}

function rowNode(data, row, at, ends) {
  const told = again(data, row);
  const badge = row.number ? badgeNode(row, { "aria-label": `number ${row.number}` }) : null;
  return el(
    "div",
    {
      class: "tr",
      role: "row",
      tabindex: at === 0 ? 0 : -1,
      "aria-selected": "false",
      "data-testid": testid(row),
      "data-f": keyOf(row.features),
      "data-mark": "row",
      "data-row": at,
      "data-tip": rowTitle(data, row),
    },
    el("span", { role: "gridcell", class: "c-badge" }, badge),
    el("span", { role: "gridcell", class: "c-words" }, memberNodes(data, row)),
    el("span", { role: "gridcell", class: "num", text: row.order }),
    el(
      "span",
      { role: "gridcell", class: "num value" },
      valueText(data, row),
      told && el("span", { class: "unseen", text: `, ${told}` }),
    ),
    barNode(data, row, ends),
  );
}

function testid(row) {
  if (row.number) return `row-${row.number}`;
  return row.order > 1 ? `row-weak-${row.features.join("-")}` : `row-single-${row.features[0]}`;
}

function rowTitle(data, row) {
  const range = row.low === null ? "" : `, ${effectText(data, row.low)} to ${effectText(data, row.high)}`;
  const effect = `${valueText(data, row)} ${towardName(data, row.push)}${range}`;
  return [namesText(data, row.features), effect, again(data, row)].filter(Boolean).join("\n");
}

function memberNodes(data, row) {
  const patches = data.picture ? data.picture.patches : 0;
  const names = row.features.map((f, at) => [
    at ? el("span", { class: "dot", text: " · " }) : null,
    f < patches ? thumbNode([f]) : null,
    nameNode(data, f),
  ]);
  const rare = row.steady ? null : el("span", { class: "again", "aria-hidden": "true", text: shareOf(data, row) });
  return [names, rare];
}

const shareOf = (data, row) => `${row.reappears}/${data.table.resamples}`;

function barNode(data, row, [low, high]) {
  const x = (value) => (100 * (value - low)) / (high - low);
  const left = Math.min(x(0), x(row.value));
  const width = Math.max(0.8, Math.abs(x(row.value) - x(0)));
  const range = `left:${x(row.low)}%;width:${x(row.high) - x(row.low)}%`;
  return el(
    "span",
    { class: "bar", role: "gridcell", "aria-hidden": "true" },
    el("i", { class: "zero", style: `left:${x(0)}%` }),
    el("i", {
      class: `fill ${signClass(row.push)}${row.steady ? "" : " unsteady"}`,
      "data-testid": "fill",
      style: `left:${left}%;width:${width}%;--share:${share(data, row)}`,
    }),
    row.low === null ? null : el("i", { class: "range", style: range }),
  );
}

function emptyNode(app) {
  const { data } = app;
  if (data.problem)
    return el("p", { class: "empty", text: "This index cannot be shown; choose another index or a smaller order." });
  if (!data.table.rows.length) return el("p", { class: "empty", "data-testid": "empty", text: data.nothing.effects });
  const onclick = () => Filters.clear(app);
  const clear = el("button", { class: "link", type: "button", text: "Clear filters", onclick });
  return el("p", { class: "empty", "data-testid": "empty" }, "Nothing matches the filters. ", clear);
}

function footNodes(app, rows, shown) {
  const { data } = app;
  const { table } = data;
  const counts = `${counted(shown.length)} of ${counted(rows.length)} shown · `;
  const nodes = rows.length > shown.length ? [moreButton(app, rows.length - shown.length), " · ", counts] : [];
  if (rows.some((row) => row.low !== null)) nodes.push("line on the bar = two standard deviations each way · ");
  const doubtful = shown.find((row) => !row.steady);
  if (doubtful) {
    const few = ` = reappears in fewer than ${table.enough} % of ${table.resamples} resamples · `;
    nodes.push(el("span", { class: "again", text: shareOf(data, doubtful) }), few);
  }
  if (data.rule) nodes.push(`only what is ${data.rule} · `);
  nodes.push("click a row to pin it");
  const listed = table.rows.length;
  const all = table.groups + table.singles + table.weak;
  if (all > listed) nodes.push(` · strongest ${counted(listed)} of ${counted(all)}; all are in the download`);
  return nodes;
}

function moreButton(app, left) {
  const onclick = () => {
    app.state.shown += MORE;
    app.refilter();
  };
  const text = moreText(left, MORE);
  return el("button", { class: "link", type: "button", "data-testid": "more", text, onclick });
}
