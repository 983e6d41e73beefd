// What the keys do: Escape lets go, h hides, Enter and the space bar click, arrows move.

import { beside, MOVES, rove } from "../common/keys.js";
import * as Heatmap from "./heatmap.js";
import * as Patches from "./patches.js";
import { select } from "./state.js";

const LISTS = ".grid, .tabs, svg, .card-list, .cutouts, .chips";

export function press(app, event) {
  const { key, target } = event;
  if (key === "Escape") letGo(app, target);
  else if (target.matches("input, select")) return;
  else if (/^h$/i.test(key) && !event.ctrlKey && !event.metaKey && !event.altKey) {
    app.state.hiding = !app.state.hiding;
    app.paintHidden();
  } else if ((key === "Enter" || key === " ") && isClicked(target)) {
    event.preventDefault();
    app.click({ target, shiftKey: event.shiftKey });
  } else if (MOVES.test(key)) {
    const next = neighbour(app, target, key);
    if (!next) return;
    event.preventDefault();
    rove(target, next);
    if (next.matches(".tab")) next.click();
  }
}

// Of the filter, else of hiding and the selection.
function letGo(app, target) {
  if (target === app.wordBox && target.value) {
    target.value = "";
    app.state.word = "";
    app.refilter();
    return;
  }
  app.state.hiding = false;
  if (app.state.selection.length) select(app, app.state.selection);
  app.paintHidden();
}

function isClicked(target) {
  const { f, cell, section } = target.dataset || {};
  return (f !== undefined || cell || section) && !target.matches("button");
}

// Words in reading order and by line; everything else within its own list.
function neighbour(app, target, key) {
  if (target.matches(".w, .patch")) {
    const { move } = app.data.picture ? Patches : Heatmap;
    return app.words[move(app, Number(target.dataset.i), key)];
  }
  const list = target.closest(LISTS);
  if (!list) return null;
  const items = [...list.querySelectorAll("[tabindex], button")].filter((node) => node !== list);
  return beside(items, target, key);
}
