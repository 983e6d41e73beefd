// What a person wrote about a run, as text.

import { el } from "../common/dom.js";

const fact = ([about, text]) =>
  el("div", null, el("dt", { dir: "auto", text: about }), el("dd", { dir: "auto", text }));

// The section of the notes; null where there are none.
export function notesNode(notes) {
  if (!notes?.length) return null;
  const heading = el("h2", { text: "Notes" });
  return el("section", { class: "rp-made rp-notes", "data-testid": "notes" }, heading, el("dl", null, notes.map(fact)));
}
