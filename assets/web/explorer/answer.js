// The answer line with its verdict, and a slim banner while a run is still going.

import { el, textNode } from "../common/dom.js";
import { keyOf } from "../common/features.js";
import * as Outcome from "./outcome.js";

export function build(app) {
  const { answer, trust: trusted, problem, outside } = app.data;
  const spoken = (pieces) => pieces.map((piece) => pieceNode(app, piece));
  const card = el("section", { class: "card answer", "data-testid": "answer", "aria-label": "Answer" });
  app.outputs = [];
  app.banner = el("p", { class: "banner", role: "status", hidden: true });
  const parts = [Outcome.verdictNode(app.data), el("p", { class: "says" }, spoken(answer.says)), Outcome.build(app)];
  card.append(app.banner, ...parts.filter(Boolean));
  if (outside)
    card.append(el("p", { class: "outside", "data-testid": "outside" }, warning(), el("span", { text: outside })));
  for (const sentence of answer.why) card.append(el("p", { class: "why" }, spoken(sentence)));
  card.append(Outcome.effectsNote(app));
  Outcome.paint(app);
  if (problem) card.append(el("p", { class: "caution low", role: "alert", text: problem }));
  const notes = trusted.notes.map((note) => el("li", { text: note }));
  if (notes.length) card.append(el("ul", { class: "notes", "data-testid": "notes" }, notes));
  return card;
}

const warning = () => el("span", { class: "mark", "aria-hidden": "true", text: "⚠" });

// Plain text, something stressed, an output, or features that light up.
function pieceNode(app, piece) {
  if (typeof piece.output === "number") return Outcome.outputNode(app, piece);
  if (piece.kind === "text") return textNode(piece.text);
  if (!piece.features.length) return el("strong", { text: piece.text });
  const row = piece.badge ? app.rowByNumber.get(piece.badge) : null;
  const whole = row && piece.features.every((f) => row.features.includes(f));
  return el("span", {
    class: "ref",
    role: "button",
    tabindex: 0,
    dir: "auto",
    "data-f": keyOf(whole ? row.features : piece.features),
    "data-mark": "ref",
    "aria-pressed": "false",
    text: piece.text,
  });
}

// How far the run is, the line above says; here only that this is not the end.
export function live(app) {
  app.banner.hidden = !app.data.live;
  app.banner.textContent = "Early estimate: it sharpens as passes arrive.";
}
