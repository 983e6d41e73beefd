// Everything that lights up: words, rows, badges, cells, each with the features it stands for.

import { featuresOf } from "../common/features.js";

export function collect(root) {
  return [...root.querySelectorAll("[data-mark]")].map((node) => ({
    node,
    kind: node.dataset.mark,
    key: node.dataset.f,
    features: featuresOf(node.dataset.f),
  }));
}

// "on", "near" or "": how a mark stands in the light of a selection (see `resolve`).
export function standing({ kind, key, features }, light) {
  const { words, near, keys } = light;
  const lit = features.every((f) => words.has(f));
  if (kind === "word" && !lit) return near.has(features[0]) ? "near" : "";
  if (kind === "word" || kind === "pair" || (kind === "ref" && features.length === 1)) return lit ? "on" : "";
  if (!keys.has(key)) return "";
  return isMeant(features, light) ? "on" : "near";
}

// Whether an interaction, or a single effect, is itself what is selected.
const isMeant = (features, { words, exact }) => exact !== null || (words.size === 1 && features.length === 1);

// Touches only the marks that stand differently than when they were last painted.
export function paint(marks, selected, hovered) {
  for (const mark of marks) {
    const on = standing(mark, selected);
    const over = standing(mark, hovered);
    if (mark.painted === `${on}/${over}`) continue;
    mark.painted = `${on}/${over}`;
    const { node } = mark;
    node.classList.toggle("on", on === "on");
    node.classList.toggle("near", on === "near");
    node.classList.toggle("hov", over === "on");
    node.classList.toggle("hov-near", over === "near");
    const attribute = node.getAttribute("role") === "row" ? "aria-selected" : "aria-pressed";
    if (node.hasAttribute(attribute)) node.setAttribute(attribute, String(on !== ""));
  }
}
