// The answer line with its verdict, the trust cards, and a slim banner while a run is still going.

import { el, textNode } from "../common/dom.js";
import { keyOf } from "../common/features.js";
import { counted } from "../common/numbers.js";
import * as Outcome from "./outcome.js";

export function build(app) {
  const { answer, trust: trusted, problem } = app.data;
  const spoken = (pieces) => pieces.map((piece) => pieceNode(app, piece));
  const card = el("section", { class: "card answer", "data-testid": "answer", "aria-label": "Answer" });
  app.outputs = [];
  app.banner = el("p", { class: "banner", role: "status", hidden: true });
  const parts = [Outcome.verdictNode(app.data), el("p", { class: "says" }, spoken(answer.says)), Outcome.build(app)];
  card.append(app.banner, ...parts.filter(Boolean));
  if (answer.caution.length)
    card.append(el("p", { class: `caution ${trusted.tone}`, "data-testid": "caution" }, spoken(answer.caution)));
  for (const sentence of answer.why) card.append(el("p", { class: "why" }, spoken(sentence)));
  card.append(Outcome.effectsNote(app));
  Outcome.paint(app);
  if (problem) card.append(el("p", { class: "caution low", role: "alert", text: problem }));
  const notes = trusted.notes.map((note) => el("li", { text: note }));
  if (notes.length) card.append(el("ul", { class: "notes", "data-testid": "notes" }, notes));
  return card;
}

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

export function trust(app) {
  const { cards } = app.data.trust;
  const props = { class: `trust of-${cards.length}`, "data-testid": "trust", "aria-label": "How far to trust it" };
  return el("section", props, cards.map(trustCard));
}

function trustCard(card) {
  return el(
    "div",
    { class: "card fact", "data-testid": `trust-${card.name}`, title: card.about || null },
    el("div", { class: `big ${card.tone}`, text: card.value }),
    el("div", { class: "label", text: card.label }),
    card.detail ? el("div", { class: "label faint", text: card.detail }) : null,
  );
}

export function live(app) {
  const { live: progress } = app.data;
  app.banner.hidden = !progress;
  if (!progress) return;
  const { done, total } = progress;
  const passes = total > 0 ? ` after ${counted(done)} of ${counted(total)} passes` : "";
  app.banner.textContent = `Early estimate${passes}; it sharpens as passes arrive.`;
  app.banner.style.setProperty("--done", total > 0 ? done / total : 0);
}
