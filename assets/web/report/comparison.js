// A report of a comparison: what the Compare page draws, and how both runs were made.

import { el } from "../common/dom.js";
import { visible } from "../common/signs.js";
import { Compare } from "../compare/compare.js";
import { notesNode } from "./notes.js";

const LETTERS = ["A", "B"];
const MEANING =
  "Values are averages over masked versions of each input: they describe this model on these two inputs. " +
  "R² says how well an explanation predicts the model on masked versions that it was not fitted to; 1 is perfect.";

const fact = ([name, value]) => el("div", null, el("dt", { text: name }), el("dd", { dir: "auto", text: value }));

function made(report) {
  const parts = report.made.map((facts, at) => [
    el("h3", { class: "rp-side", dir: "auto", text: `${LETTERS[at]}: ${report.titles[at]}` }),
    el("dl", null, facts.map(fact)),
  ]);
  return el(
    "section",
    { class: "rp-made", "data-testid": "made" },
    el("h2", { text: "How the two were made" }),
    parts,
    el("p", { class: "rp-faint", text: MEANING }),
  );
}

function page(report) {
  const host = el("div", { class: "rp-explorer" });
  const head = el(
    "header",
    { class: "rp-head" },
    el("p", { class: "rp-faint", text: "SPEX Explorer, comparison of two runs" }),
    report.titles.map((title, at) => el("h1", { dir: "auto", text: `${LETTERS[at]}: ${title}` })),
  );
  const parts = [head, notesNode(report.notes), host, made(report)].filter(Boolean);
  document.getElementById("report").append(...parts);
  document.title = visible(["SPEX comparison", ...report.titles].join(" · "));
  new Compare(host).update({ data: [report.comparison] });
}

page(JSON.parse(document.getElementById("report-data").textContent));
