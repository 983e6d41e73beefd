// What stands above the ranked table: which interactions are listed, and by which index.

import { el } from "../common/dom.js";
import { effectText, keyOf, namesText, towardName } from "../common/features.js";
import { ascending, clip, counted, signed } from "../common/numbers.js";
import { pieceNoun } from "./segments.js";
import { ofOrder } from "./state.js";

const KINDS = [
  ["all", "all kinds"],
  ["patch-patch", "patch–patch"],
  ["patch-word", "patch–word"],
  ["word-word", "word–word"],
];

const NEXT = new Map([
  [0, 1],
  [1, -1],
  [-1, 0],
]);
const LONGEST = 18; // letters of an answer on a button

export function build(app) {
  const { data } = app;
  app.chips = orderChips(app);
  app.signButton = signButton(app);
  app.wordBox = wordBox(app);
  app.kindChips = data.picture?.words ? kindChips(app) : [];
  const orders = el("div", { class: "chips", role: "group", "aria-label": "Orders shown" }, app.chips, app.signButton);
  const kinds = { class: "chips kinds", role: "group", "aria-label": "Kinds of interactions shown" };
  return [
    el("div", { class: "head" }, el("h3", { text: "Interactions" }), orders),
    app.kindChips.length ? el("div", kinds, app.kindChips) : null,
    el("div", { class: "tools" }, app.wordBox, indexSelect(app), orderSelect(app)),
    el("p", { class: "foot meaning", "data-testid": "meaning", text: meaningText(data, app.state.before) }),
  ];
}

function orderChips(app) {
  const { data, state } = app;
  const rows = data.table.rows.filter((row) => !row.weak);
  const chip = (value, text, title) =>
    el("button", {
      class: "chip",
      type: "button",
      "data-testid": `filter-order-${value}`,
      "data-order": value,
      "aria-pressed": String(state.orders === value),
      "data-tip": title,
      onclick: () => {
        state.orders = value;
        state.chosen.add("orders");
        if (value === 1) state.kinds = "all";
        app.refilter();
      },
      text: `${text} ${counted(rows.filter((row) => ofOrder(row, value)).length)}`,
    });
  const present = ascending(new Set(rows.map((row) => row.order)));
  const single = `single ${data.nouns}`;
  return [
    chip("all", "all", `${single} and groups`),
    ...(present.some((order) => order > 1) ? [chip("joint", "together", "groups of two or more")] : []),
    ...present.map((order) => chip(order, `${order}:`, order === 1 ? single : `groups of ${order}`)),
  ];
}

function signButton(app) {
  const { state } = app;
  const onclick = () => {
    state.sign = NEXT.get(state.sign);
    app.refilter();
  };
  return el("button", { class: "chip", type: "button", "data-testid": "filter-sign", onclick });
}

function wordBox(app) {
  const { data, state } = app;
  const box = el("input", {
    class: "field",
    type: "search",
    placeholder: `filter by ${data.noun}…`,
    "data-testid": "filter-word",
    "aria-label": `Show only interactions with this ${data.noun}`,
    oninput: () => {
      state.word = box.value.trim();
      app.refilter();
    },
  });
  box.value = state.word;
  return box;
}

// Pictures whose question is masked too: what a group may join.
function kindChips(app) {
  const { state } = app;
  return KINDS.map(([value, text]) =>
    el("button", {
      class: "chip",
      type: "button",
      "data-testid": `filter-kind-${value}`,
      "data-kind": value,
      text: text.replaceAll("patch", pieceNoun(app.data.picture)),
      onclick: () => {
        state.kinds = value;
        if (value !== "all" && state.orders === 1) state.orders = "joint";
        app.refilter();
      },
    }),
  );
}

function indexSelect(app) {
  const { data } = app;
  const known = data.indices.find((entry) => entry.name === data.index);
  const options = data.indices.map(({ name, title, same }) =>
    el("option", {
      value: name,
      class: same ? "same" : null,
      text: same ? `${title} · same as ${same} here` : title,
      selected: name === data.index,
    }),
  );
  const box = el(
    "select",
    {
      class: "field",
      "data-testid": "index",
      "aria-label": "Interaction index",
      "data-tip": known ? `${known.title}: ${known.summary}` : null,
      onpointerenter: () => app.foresee("index"),
      onfocus: () => app.foresee("index"),
      onchange: () => app.choose("index", box.value),
    },
    options,
  );
  return box;
}

// What the numbers on show are called.
export const titleOf = ({ indices, index, order }) => {
  const { title } = indices.find((entry) => entry.name === index);
  return order ? `${title}, order ≤ ${order}` : title;
};

// What the numbers are, and what became of the strongest of those before.
export function meaningText(data, before) {
  if (!before || (before.index === data.index && before.order === data.order)) return data.meaning;
  const now = new Map(data.table.rows.map((row) => [keyOf(row.features), row]));
  const old = before.rows.find((row) => !row.weak && now.has(keyOf(row.features)));
  if (!old) return data.meaning;
  const name = namesText(data, old.features);
  const [was, is] = [signed(old.value, before.scale), effectText(data, now.get(keyOf(old.features)).value)];
  const change = was === is ? `stays ${is}` : `was ${was} and is ${is}`;
  return `${data.meaning} “${name}” ${change} (before: ${before.title}).`;
}

function orderSelect(app) {
  const { data } = app;
  if (data.max_order < 2) return null;
  const orders = Array.from({ length: data.max_order }, (_, at) => at + 1);
  const box = el(
    "select",
    {
      class: "field",
      "data-testid": "order",
      "aria-label": "Largest order",
      "data-tip": "Largest group that the index may use",
      onpointerenter: () => app.foresee("order"),
      onfocus: () => app.foresee("order"),
      onchange: () => app.choose("order", Number(box.value)),
    },
    el("option", { value: 0, text: "any order", selected: !data.order }),
    orders.map((order) => el("option", { value: order, text: `order ≤ ${order}`, selected: data.order === order })),
  );
  return box;
}

// Which way what is shown pushes.
export function signText(data, sign) {
  if (!sign) return "+ and −";
  return `${sign > 0 ? "+" : "−"} ${clip(towardName(data, sign), LONGEST + "towards ".length)}`;
}

// The filters say what is chosen.
export function paint(app) {
  const { state } = app;
  for (const chip of app.chips) chip.setAttribute("aria-pressed", String(chip.dataset.order === String(state.orders)));
  for (const chip of app.kindChips) chip.setAttribute("aria-pressed", String(chip.dataset.kind === state.kinds));
  app.signButton.textContent = signText(app.data, state.sign);
  app.signButton.setAttribute("aria-pressed", String(state.sign !== 0));
  const told = state.sign ? `only ${towardName(app.data, state.sign)} shown` : "both directions shown";
  app.signButton.setAttribute("aria-label", `${app.signButton.textContent}: ${told}`);
}

export function clear(app) {
  Object.assign(app.state, { word: "", sign: 0, orders: "all", kinds: "all" });
  app.state.chosen.add("orders");
  app.wordBox.value = "";
  app.refilter();
}
