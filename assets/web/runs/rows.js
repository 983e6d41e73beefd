// One run as a line: what it is called, what it was asked of, what it cost, how it stands.

const HERE = new Date();
const TODAY = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const YEAR = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const EXACT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

function whenText(seconds) {
  if (!seconds) return "";
  const at = new Date(1000 * seconds);
  if (at.toDateString() === new Date().toDateString()) return TODAY.format(at);
  return (at.getFullYear() === HERE.getFullYear() ? DAY : YEAR).format(at);
}

const calledText = (row) => row.name || row.title || "Untitled run";

const Row = {
  build(row) {
    const called = calledText(row);
    const cell = (name, ...kids) => el("div", { class: `cell ${name}`, role: "gridcell" }, kids);
    const second = (text, props) => text && el("div", { class: "second", text, ...(props || {}) });
    const share = row.share !== null && el("progress", { max: 1, value: row.share, "aria-label": "Progress" });
    return el("div", { class: `run ${row.state}`, role: "row", "data-id": row.id, "data-testid": `run-${row.id}` },
      cell("pick", el("input", { type: "checkbox", "data-do": "pick", "aria-label": `Select ${called}` })),
      cell("what",
        el("button", { type: "button", class: "open", "data-do": "open", title: called }, el("bdi", { text: called })),
        el("div", { class: "second" }, el("span", { text: row.features }), row.name && row.title && el("bdi", { class: "of", text: row.title }))),
      cell("asked", el("div", { class: "clipped", text: row.model, title: row.model }),
        second(row.target, { title: row.target })),
      cell("passes num", el("span", { text: row.passes }), second(row.spent)),
      cell("r2 num", row.r2 && el("span", { class: "word", text: "R² " }), el("span", { class: row.r2 ? row.tone : "none", text: row.r2 || "–" })),
      cell("time num", el("span", { class: row.time ? "" : "none", text: row.time || "–" })),
      cell("state", el("span", { class: "label", text: row.label }), share, second(row.note, { title: row.note })),
      cell("at num", el("span", { text: whenText(row.by.at), title: row.by.at ? EXACT.format(new Date(1000 * row.by.at)) : "" })),
      cell("keep", el("button", { type: "button", class: "pin", "data-do": "pin", "aria-pressed": String(row.pinned), "aria-label": `Pin ${called}`,
        title: row.pinned ? "Pinned: stays on top" : "Pin to the top", text: row.pinned ? "★" : "☆" })));
  },

  // What a search looks through.
  words(row) {
    return [row.name, row.title, row.model, row.target, row.features, row.label].join("\n").toLowerCase();
  },
};
