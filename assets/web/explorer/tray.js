// The badges under a word or on a patch: the interactions it takes part in.

import { el } from "../common/dom.js";
import { badgeNode, keyOf } from "../common/features.js";
import { badgeTitle } from "./rows.js";

// Badges for the interactions `numbers`, and a sign for `more` that have no room.
export function tray(app, numbers, more) {
  const badges = numbers.map((number) => badge(app, app.rowByNumber.get(number)));
  const rest = more > 0 ? el("span", { class: "more", "data-n": `+${more}` }) : null;
  return el("span", { class: "tray", "aria-hidden": "true" }, badges, rest);
}

function badge(app, row) {
  return badgeNode(row, {
    "data-testid": `badge-${row.number}`,
    "data-f": keyOf(row.features),
    "data-mark": "row",
    title: badgeTitle(app.data, row),
  });
}
