// The table of what differs: one row per interaction, both values on one axis.

import { el } from "../common/dom.js";
import { badgeNode, headingNode, nameNode, namesText, signClass } from "../common/features.js";
import { axis, counted, plural, signed } from "../common/numbers.js";
import { KEYS, LETTERS } from "./side.js";

const VERBS = {
  appeared: "appeared",
  vanished: "vanished",
  "changed sign": "changed sign",
  stronger: "got stronger",
  weaker: "got weaker",
};
const FIRST = 12; // rows shown at first
const MORE = 30; // rows that one press adds
const KEY = "square = A, circle = B, faint lines = two standard deviations each way";

export const freshFilters = (before) => ({ status: "changes", orders: before ? before.orders : "all", shown: FIRST });

export function build(app) {
  const { data } = app;
  const group = (label) => el("div", { class: "chips", role: "group", "aria-label": label });
  app.chips = group("Changes shown");
  app.orderChips = group("Orders shown");
  app.grid = el("div", {
    class: "grid changes",
    role: "grid",
    "aria-label": "Interactions that differ",
    "data-testid": "changes",
  });
  app.foot = el("p", { class: "foot" });
  const doubt = caution(data);
  return el(
    "section",
    { class: "card", "aria-label": "What differs" },
    el("h3", { text: "What differs from A to B" }),
    el("p", { class: "sum", "data-testid": "summary", text: summary(data) }),
    doubt ? el("p", { class: "sum low", "data-testid": "caution", text: doubt }) : null,
    el("div", { class: "head filters", hidden: !data.rows.length }, app.chips, app.orderChips),
    app.grid,
    app.foot,
  );
}

// How many interactions changed in which way, in one sentence.
export function summary({ rows, statuses, counts, same }) {
  if (!rows.length)
    return "Neither run has an interaction that stands out from noise; with more passes there may be one.";
  const changed = statuses.filter((status) => status !== same && counts[status]);
  const number = (status, first) =>
    first ? plural(counts[status], "interaction", "interactions") : counted(counts[status]);
  const parts = changed.map((status, at) => `${number(status, at === 0)} ${VERBS[status]}`);
  const kept = counts[same];
  const rest = kept ? `${counted(kept)} ${kept === 1 ? "is" : "are"} the same within error.` : "";
  if (!parts.length) return `No interaction changed beyond its error. ${rest}`.trim();
  return `${parts.join(", ")}${rest ? `; ${rest}` : "."}`;
}

// What differs between two fits says little about the model where one of them does not describe it.
export function caution(data) {
  const weak = LETTERS.filter((_, at) => /low|bad/.test(data.sides[at].trust.tone));
  if (!weak.length) return "";
  return `R² of ${weak.join(" and ")} is low: differences may be those of the fits, not of the model.`;
}

export function passes(same, { status, orders }, row) {
  if (orders !== "all" && row.order > 1 !== (orders === "joint")) return false;
  return status === "changes" ? row.status !== same || Boolean(row.why) : row.status === status;
}

// After every change of the filters.
export function fill(app) {
  const { data, state } = app;
  fillChips(app);
  const rows = data.rows.filter((row) => passes(data.same, state, row));
  const shown = rows.slice(0, state.shown);
  const ends = axis(shown.flatMap(({ a, b }) => [a.value, a.low, a.high, b.value, b.low, b.high]));
  const nodes = shown.map((row, at) => rowNode(data, row, at, ends));
  app.grid.replaceChildren(...(rows.length ? [headNode(data), ...nodes] : [emptyNode(data)]));
  app.foot.replaceChildren(...(rows.length ? footNodes(app, rows.length - shown.length) : []));
  app.collect();
  app.paint();
}

function fillChips(app) {
  const { data, state } = app;
  const chip = (filter, value, text) =>
    el("button", {
      class: "chip",
      type: "button",
      text,
      "data-testid": `filter-${value.replace(/ /g, "-")}`,
      "aria-pressed": String(state[filter] === value),
      onclick: () => {
        state[filter] = value;
        state.shown = FIRST;
        fill(app);
      },
    });
  const found = data.statuses.filter((status) => data.counts[status]);
  app.chips.replaceChildren(
    chip("status", "changes", "all changes"),
    ...found.map((status) => chip("status", status, `${status} ${counted(data.counts[status])}`)),
  );
  app.orderChips.replaceChildren(
    chip("orders", "all", "all orders"),
    chip("orders", "joint", "groups"),
    chip("orders", "single", `single ${data.sides[0].nouns}`),
  );
}

function headNode({ sides }) {
  const titles = ["number", "change", sides[0].picture ? "members" : sides[0].nouns, "A", "B", "bars"];
  const place = ["mute", "", "", "num", "num", "mute"];
  return el(
    "div",
    { class: "tr th", role: "row" },
    titles.map((title, at) => headingNode(title, place[at])),
  );
}

function emptyNode({ rows }) {
  const text = rows.length ? "Nothing of this kind." : "There is nothing to list.";
  return el("p", { class: "empty", "data-testid": "empty", text });
}

function footNodes(app, left) {
  const { data, state } = app;
  const slight = `differences below ${Math.round(100 * data.slight)} % of the strongest interaction count as the same`;
  const same = `sizes are those of each result page, index ${data.index_title}`;
  const key = `${KEY} · ${slight} · ${same}`;
  if (left <= 0) return [key];
  const onclick = () => {
    state.shown += MORE;
    fill(app);
  };
  const text = left > MORE ? `${MORE} more of ${left}` : `${left} more`;
  const more = el("button", { class: "link after", type: "button", "data-testid": "more", text, onclick });
  return [more, el("span", { text: key })]; // no sign between them: a saved picture has no buttons
}

function rowNode(data, row, at, ends) {
  const { a, b, status } = row;
  const title = [
    `${membersText(data, row)}: ${status}${row.why ? `, ${row.why}` : ""}`,
    `A ${rangeText(a, data.largest)}`,
    `B ${rangeText(b, data.largest)}`,
  ];
  const cell = (name, ...kids) => el("span", { role: "gridcell", class: name }, kids);
  return el(
    "div",
    {
      class: "tr",
      role: "row",
      tabindex: at === 0 ? 0 : -1,
      "aria-selected": "false",
      "data-row": data.rows.indexOf(row),
      "data-testid": `change-${at}`,
      title: title.join("\n"),
    },
    cell("c-badge", numberNode(row)),
    cell(
      "c-status",
      el("span", { class: "status", "data-status": status.replace(/ /g, "-"), text: status }),
      row.why ? el("span", { class: "row-why", text: row.why }) : null,
    ),
    cell("c-words", memberNodes(data, row)),
    cell("num value of-a", valueText(a, data.largest)),
    cell("num value of-b", valueText(b, data.largest)),
    barNode(a, b, ends),
  );
}

function numberNode({ number, a, b }) {
  if (!number) return null;
  const { push } = Math.abs(b.value) > Math.abs(a.value) ? b : a;
  return badgeNode({ number, push }, { "aria-label": `number ${number}` });
}

function barNode(a, b, [low, high]) {
  const x = (value) => (100 * (value - low)) / (high - low);
  const reach = (side, name) => {
    if (side.low === null) return null;
    return el("i", { class: `reach ${name}`, style: `left:${x(side.low)}%;width:${x(side.high) - x(side.low)}%` });
  };
  const end = (side, name) => {
    const kind = `${signClass(side.push)}${side.listed ? "" : " none"}`;
    return el("i", { class: `end ${name} ${kind}`, style: `left:${x(side.value)}%` });
  };
  const [from, to] = [x(a.value), x(b.value)];
  return el(
    "span",
    { class: "bar twin", role: "gridcell", "aria-hidden": "true" },
    el("i", { class: "zero", style: `left:${x(0)}%` }),
    reach(a, "of-a"),
    reach(b, "of-b"),
    el("i", { class: "shift", style: `left:${Math.min(from, to)}%;width:${Math.abs(from - to)}%` }),
    end(a, "at-a"),
    end(b, "at-b"),
  );
}

// Named as the run that has them all names them; what the other run lacks is marked as in the text.
function memberNodes(data, row) {
  const at = home(row);
  const side = data.sides[at];
  const only = new Set(row.only ? side.only : []);
  return row[KEYS[at]].features.map((f, k) => {
    const node = nameNode(side, f);
    if (only.has(f)) node.classList.add(at ? "put-in" : "taken-out");
    return [k ? el("span", { class: "dot", text: " · " }) : null, node];
  });
}

const membersText = (data, row) => namesText(data.sides[home(row)], row[KEYS[home(row)]].features);

// The side, 0 or 1, that has all members.
export const home = (row) => (row.only === "a" || (!row.only && !row.b.listed) ? 0 : 1);

export const valueText = (side, largest) => (side.listed ? signed(side.value, largest) : "–");

export function rangeText(side, largest) {
  if (!side.listed) return "not found";
  const value = signed(side.value, largest);
  return side.low === null ? value : `${value} (${signed(side.low, largest)} to ${signed(side.high, largest)})`;
}
