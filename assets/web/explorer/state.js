// What a person has chosen: one selection for every picture, filters, hidden features, open tab.
//
// The selection is a list of features. If it is exactly one interaction's members, that interaction is
// selected; otherwise (a word, a matrix cell) every listed interaction that holds all of them is.

const REMEMBERED = new Map(); // run id -> state; survives new data and remounting on this page

function freshState(data) {
  const groups = data.table.rows.some((row) => row.order > 1);
  const selection = (data.selection || []).filter((f) => f >= 0 && f < data.n);
  const listed = data.table.rows.filter((row) => row.order > 1).findIndex((row) => keyOf(row.features) === keyOf(selection));
  return {
    selection,
    hover: null,
    hidden: new Set((data.hidden || []).filter((f) => f >= 0 && f < data.n)),
    hiding: false,
    mode: "effect",
    kinds: "all",
    cutouts: 6,
    orders: groups ? "joint" : "all",
    sign: 0,
    word: "",
    tab: !groups ? "energy" : data.size === "small" ? "graph" : "score",
    shown: Math.max(data.size === "large" ? 14 : 9, listed + 1), // a link's row is among them
    sheetRows: 12,
    open: null,
    checks: new Map(),
    waiting: null,
  };
}

function stateFor(data) {
  if (!REMEMBERED.has(data.run)) {
    if (REMEMBERED.size > 20) REMEMBERED.delete(REMEMBERED.keys().next().value);
    REMEMBERED.set(data.run, freshState(data));
  }
  return REMEMBERED.get(data.run);
}

function passes(app, row) {
  const { orders, sign, word, kinds } = app.state;
  if (kinds !== "all" && kindOf(app, row) !== kinds) return false;
  if (orders === "joint" ? row.order < 2 : orders !== "all" && row.order !== orders) return false;
  if (sign && Math.sign(row.value) !== sign) return false;
  if (!word) return true;
  const wanted = word.toLocaleLowerCase();
  return row.features.some((f) => holds(app, f, wanted));
}

// A patch is found by its name: "b" finds row B, "b1" finds B1 and not B12.
function holds(app, f, wanted) {
  const { data } = app;
  if (!data.picture || f >= data.picture.patches) return data.heat.texts[f].toLocaleLowerCase().includes(wanted);
  const name = data.labels[f].toLocaleLowerCase();
  return name === wanted || name.replace(/\d+$/, "") === wanted;
}

// What a group joins; "" for single features.
function kindOf(app, row) {
  const { patches } = app.data.picture;
  if (row.order < 2) return "";
  return row.features[0] >= patches ? "word-word" : row.features[row.order - 1] < patches ? "patch-patch" : "patch-word";
}

// Which words, neighbours and interactions a list of features lights up.
function resolve(app, features) {
  const lit = { words: new Set(features || []), near: new Set(), keys: new Set(), exact: null };
  if (!features || !features.length) return lit;
  const exact = app.rowByKey.get(keyOf(features));
  if (exact && features.length > 1) {
    lit.exact = exact;
    lit.keys.add(keyOf(features));
    return lit;
  }
  for (const row of app.rowsOf[features[0]]) {
    if (!features.every((f) => row.features.includes(f))) continue;
    lit.keys.add(keyOf(row.features));
    if (row.order > 1 && row.number <= 12) for (const f of row.features) if (!lit.words.has(f)) lit.near.add(f);
  }
  return lit;
}

function select(app, features) {
  const same = keyOf(features) === keyOf(app.state.selection);
  app.state.selection = same ? [] : features;
  writeAddress(app);
  app.mirror();
  app.paint();
}

// The address names what is on screen, so that a copied link opens on the same view. Nobody is asked, and Back still
// leads to the page before. A report from disk has no address of its own and no `link`.
function writeAddress(app) {
  const { data, state } = app;
  if (!data.link) return;
  const address = new URL(location.href);
  const wanted = { index: data.index === "FBII" ? "" : data.index, order: data.order || "", sel: keyOf(state.selection) };
  for (const [name, value] of Object.entries(wanted)) value ? address.searchParams.set(name, value) : address.searchParams.delete(name);
  address.search = address.searchParams.toString().replaceAll("%2C", ",");
  if (address.href !== location.href) history.replaceState(history.state, "", address);
}

function toggleHidden(app, features) {
  const { hidden } = app.state;
  const all = features.every((f) => hidden.has(f));
  for (const f of features) all ? hidden.delete(f) : hidden.add(f);
  app.mirror();
  app.paintHidden();
}
