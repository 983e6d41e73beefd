// One run as a line: what it is called, what it was asked of, what it cost, how it stands.

import { el } from "../common/dom.js";

const TODAY = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const YEAR = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const EXACT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

// When something was, as short as it can be said at the time `now`.
export function whenText(seconds, now = new Date()) {
  if (!seconds) return "";
  const at = new Date(1000 * seconds);
  if (at.toDateString() === now.toDateString()) return TODAY.format(at);
  return (at.getFullYear() === now.getFullYear() ? DAY : YEAR).format(at);
}

export const calledText = (row) => row.name || row.title || "Untitled run";

// What a search looks through.
export function words(row) {
  return [row.name, row.title, row.model, row.target, row.features, row.label].join("\n").toLowerCase();
}

const cell = (name, ...kids) => el("div", { class: `cell ${name}`, role: "gridcell" }, kids);

const second = (text, title) => text && el("div", { class: "second", text, title });

export function rowNode(row) {
  const called = calledText(row);
  const pick = el("input", { type: "checkbox", "data-do": "pick", "aria-label": `Select ${called}` });
  return el(
    "div",
    { class: `run ${row.state}`, role: "row", "data-id": row.id, "data-testid": `run-${row.id}` },
    cell("pick", pick),
    cell("what", openButton(called), titleNode(row)),
    cell("asked", el("div", { class: "clipped", text: row.model, title: row.model }), second(row.target, row.target)),
    cell("passes num", el("span", { text: row.passes }), second(row.spent)),
    cell("r2 num", ...fitNodes(row)),
    cell("time num", el("span", { class: row.time ? "" : "none", text: row.time || "–" })),
    cell("state", ...stateNodes(row)),
    cell("at num", whenNode(row.by.at)),
    cell("keep", pinButton(row.pinned, called)),
  );
}

function openButton(called) {
  const props = { type: "button", class: "open", "data-do": "open", title: called };
  return el("button", props, el("bdi", { text: called }));
}

function titleNode({ features, name, title }) {
  const of = name && title && el("bdi", { class: "of", text: title });
  return el("div", { class: "second" }, el("span", { text: features }), of);
}

function fitNodes({ r2, tone }) {
  return [r2 && el("span", { class: "word", text: "R² " }), el("span", { class: r2 ? tone : "none", text: r2 || "–" })];
}

function stateNodes({ label, share, note }) {
  return [
    el("span", { class: "label", text: label }),
    share !== null && el("progress", { max: 1, value: share, "aria-label": "Progress" }),
    second(note, note),
  ];
}

function whenNode(at) {
  return el("span", { text: whenText(at), title: at ? EXACT.format(new Date(1000 * at)) : "" });
}

function pinButton(pinned, called) {
  return el("button", {
    type: "button",
    class: "pin",
    "data-do": "pin",
    "aria-pressed": String(pinned),
    "aria-label": `Pin ${called}`,
    title: pinned ? "Pinned: stays on top" : "Pin to the top",
    text: pinned ? "★" : "☆",
  });
}
