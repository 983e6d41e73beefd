// What stands above the ranked table: which interactions are listed, and by which index.

import { el } from "../common/dom.js";
import { ascending } from "../common/numbers.js";
import { pieceNoun } from "./segments.js";

const KINDS = [
  ["all", "all kinds"],
  ["patch-patch", "patch–patch"],
  ["patch-word", "patch–word"],
  ["word-word", "word–word"],
];

const SIGNS = [
  { sign: 0, text: "± sign", label: "Both signs shown", next: 1 },
  { sign: 1, text: "+ only", label: "Only positive shown", next: -1 },
  { sign: -1, text: "− only", label: "Only negative shown", next: 0 },
];

const signOf = (sign) => SIGNS.find((entry) => entry.sign === sign);

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
  ];
}

function orderChips(app) {
  const { data, state } = app;
  const chip = (value, text, title) =>
    el("button", {
      class: "chip",
      type: "button",
      "data-testid": `filter-order-${value}`,
      "data-order": value,
      "aria-pressed": String(state.orders === value),
      title,
      onclick: () => {
        state.orders = value;
        if (value === 1) state.kinds = "all";
        app.refilter();
      },
      text,
    });
  const present = ascending(new Set(data.table.rows.map((row) => row.order)));
  const single = `single ${data.nouns}`;
  return [
    chip("all", "all", `${single} and groups`),
    ...(present.some((order) => order > 1) ? [chip("joint", "together", "groups of two or more")] : []),
    ...present.map((order) => chip(order, String(order), order === 1 ? single : `groups of ${order}`)),
  ];
}

function signButton(app) {
  const { state } = app;
  const onclick = () => {
    state.sign = signOf(state.sign).next;
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
  const options = data.indices.map(({ name, title, summary }) =>
    el("option", { value: name, text: title, title: summary, selected: name === data.index }),
  );
  const box = el(
    "select",
    {
      class: "field",
      "data-testid": "index",
      "aria-label": "Interaction index",
      title: known ? `${known.title}: ${known.summary}` : "",
      onchange: () => app.send("index", box.value),
    },
    options,
  );
  return box;
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
      title: "Largest group that the index may use",
      onchange: () => app.send("order", Number(box.value)),
    },
    el("option", { value: 0, text: "any order", selected: !data.order }),
    orders.map((order) => el("option", { value: order, text: `order ≤ ${order}`, selected: data.order === order })),
  );
  return box;
}

// The filters say what is chosen.
export function paint(app) {
  const { state } = app;
  for (const chip of app.chips) chip.setAttribute("aria-pressed", String(chip.dataset.order === String(state.orders)));
  for (const chip of app.kindChips) chip.setAttribute("aria-pressed", String(chip.dataset.kind === state.kinds));
  const { text, label } = signOf(state.sign);
  app.signButton.textContent = text;
  app.signButton.setAttribute("aria-pressed", String(state.sign !== 0));
  app.signButton.setAttribute("aria-label", label);
}

export function clear(app) {
  Object.assign(app.state, { word: "", sign: 0, orders: "all", kinds: "all" });
  app.wordBox.value = "";
  app.refilter();
}
