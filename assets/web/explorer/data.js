// The plain table of numbers.

import { el } from "../common/dom.js";
import { keyOf, namesText } from "../common/features.js";
import { nothing, why } from "./nothing.js";

const MOST_ROWS = 400;

export function build(app) {
  const { data } = app;
  const rows = [...app.passing.rows, ...app.passing.weak].slice(0, MOST_ROWS);
  if (!rows.length) {
    const none = data.problem || !data.table.rows.length;
    return nothing(none ? why(app) : "Nothing matches the filters.");
  }
  const titles = ["#", data.nouns, "positions", "order", "value", "low", "high"];
  const head = el(
    "thead",
    null,
    el(
      "tr",
      null,
      titles.map((text) => el("th", { text })),
    ),
  );
  const body = el(
    "tbody",
    null,
    rows.map((row) => rowNode(data, row)),
  );
  const props = { class: "scroll data", tabindex: 0, role: "region", "aria-label": "Data" };
  return el("div", props, el("table", null, head, body));
}

function rowNode(data, row) {
  return el(
    "tr",
    { "data-f": keyOf(row.features), "data-mark": "row" },
    el("td", { text: row.number || "" }),
    el("td", { dir: "auto", text: namesText(data, row.features) }),
    el("td", { text: row.features.join(", ") }),
    el("td", { text: row.order }),
    [row.value, row.low, row.high].map((value) => el("td", { class: "num", text: numberText(value) })),
  );
}

export const numberText = (value) => (value === null ? "" : String(Number(value.toPrecision(6))).replace("-", "−"));
