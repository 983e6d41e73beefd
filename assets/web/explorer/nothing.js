// What a picture says where it has nothing to show.

import { el } from "../common/dom.js";

export function why(app) {
  if (app.data.problem) return "This index cannot be shown.";
  if (!app.data.table.rows.length) return app.data.nothing.effects;
  if (!app.rowByNumber.size) return app.data.nothing.groups;
  return "No group of two or more matches the filters.";
}

export const nothing = (text) => el("p", { class: "empty", text });
