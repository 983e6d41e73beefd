// Concordance cards for long inputs: the strongest interactions in their context, everything else folded.

import { el } from "../common/dom.js";
import { badgeNode, keyOf, towardName } from "../common/features.js";
import { plural } from "../common/numbers.js";
import { nothing, why } from "./nothing.js";
import { valueText } from "./rows.js";

export function build(app) {
  const { nouns, overview } = app.data;
  const list = overview.cards.map((card) => cardNode(app, card)).filter(Boolean);
  app.cards = list;
  return el(
    "section",
    { class: "card cards", "data-testid": "cards" },
    el(
      "div",
      { class: "head" },
      el("h3", { text: `Only the ${nouns} that matter` }),
      list.length ? el("span", { class: "faint", text: "everything else folded" }) : null,
    ),
    list.length ? el("div", { class: "card-list" }, list) : nothing(why(app)),
  );
}

// After a filter: the cards of what it lets through.
export function draw({ cards, passing }) {
  const shown = new Set(passing.groups.map((row) => keyOf(row.features)));
  for (const card of cards) card.hidden = !shown.has(card.dataset.f);
}

function cardNode(app, card) {
  const { data } = app;
  const row = app.rowByNumber.get(card.number);
  if (!row) return null;
  return el(
    "article",
    {
      class: "concordance",
      "data-f": keyOf(row.features),
      "data-mark": "row",
      role: "button",
      tabindex: 0,
      "aria-pressed": "false",
      "data-testid": `card-${card.number}`,
    },
    el(
      "div",
      { class: "card-head" },
      badgeNode(row),
      el("b", { text: valueText(data, row) }),
      el("span", { class: "faint", text: towardName(data, row.push) }),
    ),
    el(
      "div",
      { class: "card-text", dir: "auto" },
      card.parts.map((part) => partNode(data, part)),
    ),
  );
}

function partNode(data, part) {
  if (part.kind === "member") return el("mark", { text: part.text });
  if (part.kind !== "fold") return part.text;
  const folded = plural(part.count, data.noun, data.nouns);
  return el("div", { class: "fold", text: `${folded} with no effect on this interaction` });
}
