// What a person has chosen: one selection for every picture, filters, hidden features, open tab.
//
// The selection is a list of features. If it is exactly one interaction's members, that interaction is
// selected; otherwise (a word, a matrix cell) every listed interaction that holds all of them is.

import { keyOf } from "../common/features.js";
import { ascending } from "../common/numbers.js";

export const ALWAYS = 3; // groups that are drawn over a short text
const SHORT = 60; // features, up to which a text is short
const MOST_RUNS = 20; // whose state is kept
const NEAR = 12; // the strongest interactions, whose members light up with a word

const remembered = new Map(); // run id -> state; survives new data and remounting on this page

export function freshState(data) {
  const groups = data.table.rows.filter((row) => row.number);
  const known = (features) => (features || []).filter((f) => f >= 0 && f < data.n);
  const selection = known(data.selection);
  const listed = groups.findIndex((row) => keyOf(row.features) === keyOf(selection));
  return {
    selection,
    hover: null,
    hidden: new Set(known(data.hidden)),
    hiding: false,
    mode: "effect",
    kinds: "all",
    cutouts: 6,
    orders: groups.length ? "joint" : "all",
    sign: 0,
    word: "",
    tab: firstTab(groups.length, data.size),
    shown: Math.max(data.size === "large" ? 14 : 9, listed + 1), // a link's row is among them
    sheetRows: 12,
    arcs: !data.picture && data.n <= SHORT ? ALWAYS : 0,
    weak: false,
    before: null,
    chosen: new Set(), // what a person has set, of "orders" and "tab"
    open: null,
    checks: new Map(),
    waiting: null,
  };
}

// What nobody has chosen follows the data: the first estimate of a run may have nothing to list yet.
export function settle({ data, state }) {
  const { rows } = data.table;
  const groups = rows.filter((row) => row.number).length;
  const listed = rows.some((row) => ofOrder(row, state.orders));
  if (!state.chosen.has("orders") || !listed) state.orders = groups ? "joint" : "all";
  if (!state.chosen.has("tab")) state.tab = firstTab(groups, data.size);
}

function firstTab(groups, size) {
  return groups && size !== "small" ? "score" : "waterfall";
}

export function stateFor(data) {
  if (!remembered.has(data.run)) {
    if (remembered.size > MOST_RUNS) remembered.delete(remembered.keys().next().value);
    remembered.set(data.run, freshState(data));
  }
  return remembered.get(data.run);
}

// Whether the filters let a row through.
export function passes(app, row) {
  const { orders, sign, word, kinds } = app.state;
  if (kinds !== "all" && kindOf(app, row) !== kinds) return false;
  if (!ofOrder(row, orders)) return false;
  if (sign && row.push !== sign) return false;
  if (!word) return true;
  const wanted = word.toLocaleLowerCase();
  return row.features.some((f) => holds(app, f, wanted));
}

// `orders` is "all", "joint" for groups of two or more, or one order.
export const ofOrder = (row, orders) => orders === "all" || (orders === "joint" ? row.order > 1 : row.order === orders);

// A patch is found by its name: "b" finds row B, "b1" finds B1 and not B12.
function holds(app, f, wanted) {
  const { data } = app;
  if (!data.picture || f >= data.picture.patches) return data.heat.texts[f].toLocaleLowerCase().includes(wanted);
  const name = data.labels[f].toLocaleLowerCase();
  return name === wanted || name.replace(/\d+$/, "") === wanted;
}

// What a group joins; "" for single features.
export function kindOf(app, row) {
  const { patches } = app.data.picture;
  if (row.order < 2) return "";
  if (row.features[0] >= patches) return "word-word";
  return row.features[row.order - 1] < patches ? "patch-patch" : "patch-word";
}

// Which words, neighbours and interactions a list of features lights up.
export function resolve(app, features) {
  const lit = { words: new Set(features || []), near: new Set(), keys: new Set(), exact: null };
  if (!features?.length) return lit;
  const exact = app.rowByKey.get(keyOf(features));
  if (exact && features.length > 1) return { ...lit, exact, keys: new Set([keyOf(features)]) };
  const rows = app.rowsOf[features[0]].filter((row) => features.every((f) => row.features.includes(f)));
  for (const row of rows) lit.keys.add(keyOf(row.features));
  const strongest = rows.filter((row) => row.number && row.number <= NEAR);
  for (const f of strongest.flatMap((row) => row.features)) if (!lit.words.has(f)) lit.near.add(f);
  return lit;
}

export function select(app, features) {
  const same = keyOf(features) === keyOf(app.state.selection);
  app.state.selection = same ? [] : features;
  writeAddress(app);
  app.mirror();
  app.paint();
}

// The address names what is on screen, so that a copied link opens on the same view. Nobody is asked, and Back still
// leads to the page before. A report from disk has no address of its own and no `link`.
export function writeAddress(app) {
  if (!app.data.link) return;
  const address = addressOf(location.href, app.data, app.state);
  if (address !== location.href) history.replaceState(history.state, "", address);
}

const MOST_NAMED = 64; // hidden features in an address, as deep_link.py reads them

export function addressOf(href, data, state) {
  const address = new URL(href);
  const { searchParams } = address;
  const index = data.index === data.usual ? "" : data.index;
  const hidden = ascending(state.hidden);
  const wanted = {
    index,
    order: data.order || "",
    sel: keyOf(state.selection),
    hidden: hidden.length > MOST_NAMED ? "" : keyOf(hidden),
  };
  for (const [name, value] of Object.entries(wanted))
    if (value) searchParams.set(name, value);
    else searchParams.delete(name);
  address.search = searchParams.toString().replaceAll("%2C", ",");
  return address.href;
}

export function toggleHidden(app, features) {
  const { hidden } = app.state;
  const all = features.every((f) => hidden.has(f));
  for (const f of features)
    if (all) hidden.delete(f);
    else hidden.add(f);
  app.mirror();
  app.paintHidden();
}
