// What features are called, and how the sign and the number of an interaction are marked.

import { el } from "./dom.js";
import { clip, signed } from "./numbers.js";

export const keyOf = (features) => features.join(",");
export const featuresOf = (key) => (key === "" ? [] : key.split(",").map(Number));

// Which occurrence of its text a feature is, as subscript digits; nothing where the text is unique.
function ordinal(data, feature) {
  const occurrence = data.occurrences[feature];
  return occurrence ? String(occurrence).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]) : "";
}

export const nameText = (data, feature) => data.labels[feature] + ordinal(data, feature);
export const nameNode = (data, feature) => el("bdi", { class: "name", text: nameText(data, feature) });
export const nameLabel = (data, feature, most) => clip(data.labels[feature], most) + ordinal(data, feature);

export const namesText = (data, features) => features.map((f) => nameText(data, f)).join(" · ");

// The push of a group, or of a feature its tint: negative where keeping it lowers the output. It is not the sign of the
// value under every index.
export const signClass = (push) => (push < 0 ? "neg" : "pos");

export const towardName = (data, push) => `towards ${data.toward[push < 0 ? 0 : 1]}`;

// One effect has one number wherever it is printed.
export const effectText = (data, value) => signed(value, data.scale);

// Circle for +, square for −: the sign survives without colour. The number is CSS content, so the text of the
// heatmap stays exactly the input.
export const badgeNode = (row, extra) =>
  el("span", { class: `badge ${signClass(row.push)}`, "data-n": row.number, ...(extra || {}) });

// The heading of a column; one whose content speaks for itself has a name for those who hear the table.
export function headingNode(title, place) {
  const name = place === "mute" ? el("span", { class: "unseen", text: title }) : title;
  return el("span", { role: "columnheader", class: place === "num" ? "num" : "" }, name);
}
