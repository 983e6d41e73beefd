// The plain table of numbers.

import { el } from "../common/dom.js";
import { keyOf, namesText } from "../common/features.js";
import { digitsFor } from "../common/numbers.js";
import { nothing, why } from "./nothing.js";

const MOST_ROWS = 400;
const TITLES = [
  ["#", "num"],
  ["", ""],
  ["positions (from 1)", ""],
  ["order", "num"],
  ["value", "num"],
  ["low", "num"],
  ["high", "num"],
];

export function build(app) {
  const { data } = app;
  const rows = [...app.passing.rows, ...app.passing.weak].slice(0, MOST_ROWS);
  if (!rows.length) {
    const none = data.problem || !data.table.rows.length;
    return nothing(none ? why(app) : "Nothing matches the filters.");
  }
  const places = digitsFor(data.scale) + 2;
  const head = el(
    "thead",
    null,
    el(
      "tr",
      null,
      TITLES.map(([text, kind]) => el("th", { class: kind, text: text || data.nouns })),
    ),
  );
  const body = el(
    "tbody",
    null,
    rows.map((row) => rowNode(data, row, places)),
  );
  const props = { class: "scroll data", tabindex: 0, role: "region", "aria-label": "Data" };
  return el("div", props, el("table", null, head, body));
}

function rowNode(data, row, places) {
  return el(
    "tr",
    { "data-f": keyOf(row.features), "data-mark": "row" },
    el("td", { class: "num", text: row.number || "" }),
    el("td", { dir: "auto", text: namesText(data, row.features) }),
    el("td", { text: row.features.map((f) => f + 1).join(", ") }),
    el("td", { class: "num", text: row.order }),
    [row.value, row.low, row.high].map((value) => el("td", { class: "num", text: numberText(value, places) })),
  );
}

// With as many places as all the others, two more than the pictures print.
export const numberText = (value, places) => (value === null ? "" : value.toFixed(places).replace("-", "−"));
