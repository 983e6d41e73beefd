// Energy by order and sign.

import { el } from "../common/dom.js";
import { nothing, why } from "./nothing.js";

const ABOUT =
  "Share of each group size in the variation of the output that the listed terms explain (squared Fourier " +
  "coefficients; sign of the effect when all members are kept).";

export function build(app) {
  const { data } = app;
  const { orders, total } = data.energy;
  if (!orders.length || !total) return nothing(data.problem ? why(app) : data.nothing.effects);
  const largest = Math.max(...orders.map((entry) => entry.positive + entry.negative));
  return el(
    "div",
    { class: "energy" },
    el("p", { class: "foot", text: ABOUT }),
    orders.map((entry) => rowNode(data, entry, total, largest)),
    el(
      "div",
      { class: "legend" },
      el("span", null, el("i", { class: "swatch pos", text: "+" }), `towards ${data.toward[1]}`),
      el("span", null, el("i", { class: "swatch neg", text: "−" }), `towards ${data.toward[0]}`),
    ),
  );
}

function rowNode(data, { order, positive, negative }, total, largest) {
  const bar = (value, sign) => {
    if (value <= 0) return null;
    const title = `${sign === "pos" ? "+" : "−"} ${shareText(value, total)}`;
    return el("i", { class: `energy-fill ${sign}`, style: `width:${(100 * value) / largest}%`, title });
  };
  const split = `+ ${shareText(positive, total)}  − ${shareText(negative, total)}`;
  return el(
    "div",
    { class: "energy-row" },
    el("span", { class: "energy-name", text: order === 1 ? `single ${data.nouns}` : `groups of ${order}` }),
    el("span", { class: "energy-bar" }, bar(positive, "pos"), bar(negative, "neg")),
    el("span", { class: "num energy-share", text: shareText(positive + negative, total) }),
    el("span", { class: "faint energy-split", text: split }),
  );
}

// In per cent, with one digit where it would print as less than 10 %.
export function shareText(value, total) {
  if (value === 0) return "0 %";
  const share = value / total;
  return `${((100 * value) / total).toFixed(share < 0.0995 ? 1 : 0)} %`;
}
