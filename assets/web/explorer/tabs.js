// The pictures below, one at a time, each with what saves it.

import { el } from "../common/dom.js";
import * as DataTab from "./data.js";
import * as Energy from "./energy.js";
import * as Graph from "./graph.js";
import * as Matrix from "./matrix.js";
import { saveControl } from "./saving.js";
import * as ScoreSheet from "./scoresheet.js";
import * as Waterfall from "./waterfall.js";

export const TABS = [
  { name: "waterfall", title: "Waterfall", build: Waterfall.build },
  { name: "score", title: "Score sheet", build: ScoreSheet.build },
  { name: "graph", title: "Graph", build: Graph.build },
  { name: "matrix", title: "Pair matrix", build: Matrix.build },
  { name: "energy", title: "Energy by order", build: Energy.build },
  { name: "data", title: "Data", build: DataTab.build },
];

const tabOf = (name) => TABS.find((tab) => tab.name === name);

// Small inputs have the score sheet under the sentence already.
export function build(app) {
  const { data, state } = app;
  const tabs = TABS.filter(({ name }) => data.size !== "small" || name !== "score");
  if (!tabs.some(({ name }) => name === state.tab)) state.tab = tabs[0].name;
  app.tabs = tabs.map(({ name, title }) =>
    el("button", {
      class: "tab",
      type: "button",
      role: "tab",
      id: `tab-${name}`,
      "data-tab": name,
      "data-testid": `tab-${name}`,
      text: title,
      onclick: () => {
        state.tab = name;
        state.chosen.add("tab");
        app.redraw();
      },
    }),
  );
  app.panel = el("div", { class: "card panel", role: "tabpanel" });
  const list = el("div", { class: "tabs", role: "tablist", "aria-label": "More pictures" }, app.tabs);
  return el("section", { class: "more-views" }, list, app.panel);
}

// Shows the tab that is open.
export function draw(app) {
  const { panel, state } = app;
  for (const tab of app.tabs) {
    const on = tab.dataset.tab === state.tab;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
  }
  panel.dataset.testid = `panel-${state.tab}`;
  panel.setAttribute("aria-labelledby", `tab-${state.tab}`);
  fill(app, panel, state.tab, (panel.clientWidth || 900) - 32);
  if (!app.inlineSheet) return;
  app.inlineSheet.replaceChildren();
  // The empty sheet takes no room, so it is the card that says how much there is.
  if (app.rowByNumber.size) fill(app, app.inlineSheet, "score", (app.passages.clientWidth || 640) - 36);
}

function fill(app, panel, name, width) {
  const { title, build: buildView } = tabOf(name);
  const view = buildView(app, width);
  panel.replaceChildren(view);
  if (name === "data" || view.matches(".empty")) return;
  const numbers = name === "waterfall" ? app.data.waterfall : null; // its numbers are of an index of its own
  panel.append(saveControl(app, name, title, () => [panel.querySelector("svg, .energy")], numbers));
}
