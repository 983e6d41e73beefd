// A report: the explorer without the app. What the app would answer, the file answers, or nobody.

import { el } from "../common/dom.js";
import { visible } from "../common/signs.js";
import { App } from "../explorer/app.js";
import { notesNode } from "./notes.js";
import * as Printing from "./printing.js";

const MEANING =
  "R² says how well the explanation predicts the model on masked versions of this input that it was not fitted to; " +
  "1 is perfect. Values are averages over masked versions: they describe this model on this input.";

// The data that the app would send for an index.
function dataFor({ base, views }, index) {
  const data = { ...base, ...views[index] };
  const indices = data.indices.filter((entry) => entry.name in views);
  const unasked = { selection: [], hidden: [], checked: null, live: null, can_check: false };
  return { ...data, ...unasked, indices, max_order: 1 }; // other orders are not in the file
}

function show(app, report, index) {
  const setStateValue = (name, value) => {
    if (name === "index" && value in report.views) show(app, report, value);
  };
  app.update({ data: [dataFor(report, index)], setTriggerValue() {}, setStateValue });
}

function page(report) {
  const host = el("div", { class: "rp-explorer" });
  const heading = el("p", { class: "rp-faint", text: "SPEX Explorer report" });
  const title = report.title ? el("h1", { dir: "auto", text: report.title }) : null;
  const about = el("p", { class: "rp-faint", dir: "auto", text: report.about });
  const fact = ([name, value]) => el("div", null, el("dt", { text: name }), el("dd", { dir: "auto", text: value }));
  const made = el(
    "section",
    { class: "rp-made", "data-testid": "made" },
    el("h2", { text: "How it was made" }),
    el("dl", null, report.made.map(fact)),
    el("p", { class: "rp-faint", text: MEANING }),
  );
  const sheets = el("div", { class: "rp-sheets" });
  const head = el("header", { class: "rp-head" }, heading, title, about);
  const parts = [head, notesNode(report.notes), host, sheets, made].filter(Boolean);
  document.getElementById("report").append(...parts);
  document.title = visible(["SPEX report", report.title].filter(Boolean).join(" · "));
  const app = new App(host);
  show(app, report, report.base.index);
  window.onbeforeprint = () => Printing.start(app);
  window.onafterprint = () => Printing.end(app);
}

page(JSON.parse(document.getElementById("report-data").textContent));
