// One of the two runs: what the model said, how far to trust it, and the input tinted on the scale of both.

const LETTERS = ["A", "B"];

const Side = {
  // What the heatmap of the explorer needs to draw one side; the rows are those of the changes.
  view(data, at) {
    const side = data.sides[at];
    const rows = data.rows.filter((row) => row.number).map((row) => ({ ...row[Side.key(at)], number: row.number }));
    return { at, data: { ...side, index: data.index, table: { largest: data.largest } }, words: [], rowByNumber: new Map(rows.map((row) => [row.number, row])) };
  },

  key: (at) => (at ? "b" : "a"),

  build(app, view) {
    const { data, at } = view;
    const { trust } = data;
    const head = el("div", { class: "side-head" },
      el("span", { class: "letter", text: LETTERS[at] }),
      el("p", { class: "says" }, data.says.map((run) => (run.kind === "strong" ? el("strong", { dir: "auto", text: run.text }) : document.createTextNode(run.text)))));
    const facts = el("p", { class: "side-facts" },
      el("strong", { class: trust.tone, text: trust.value }), ` ${trust.label}${trust.detail ? `, ${trust.detail}` : ""} · in ${data.unit}`);
    view.box = el("div", { class: "side-input" }, data.picture ? Side.picture(app, view) : Heatmap.build(view, [[0, data.n]]));
    if (!data.picture) view.box.querySelector(".heat").setAttribute("aria-label", `Input ${LETTERS[at]}, ${plural(data.n, data.noun, data.nouns)}; arrow keys move, Enter selects`);
    Side.marks(view);
    // Where the scales differ, each side says what its own colours mean.
    const legend = app.data.shared ? null : Heatmap.legend({ data, rowByNumber: new Map() });
    return el("section", { class: "card side", "data-testid": `side-${LETTERS[at].toLowerCase()}`, "aria-label": LETTERS[at] }, head, facts, legend, view.box);
  },

  // What only this side has: a line through or under the word, and a tag before each stretch of such words.
  marks(view) {
    const { data, at } = view;
    const only = new Set(data.only);
    for (const f of data.only) {
      const node = view.words[f];
      if (!node) continue;
      node.classList.add(at ? "put-in" : "taken-out");
      const says = `only in ${LETTERS[at]}`;
      node.setAttribute("aria-label", `${node.getAttribute("aria-label")}; ${says}`);
      node.title = `${node.title}\n${says}`;
      if (!only.has(f - 1)) node.before(el("span", { class: "edit-tag", "data-n": says, "aria-hidden": "true" }));
    }
  },

  picture(app, view) {
    const { data } = view;
    const { columns, rows, patches, width, height, image, question } = data.picture;
    const cells = el("div", { class: "cells", style: `grid-template-columns:repeat(${columns},minmax(0,1fr));grid-template-rows:repeat(${rows},minmax(0,1fr))` });
    for (let f = 0; f < patches; f++) cells.append(Side.patch(view, f));
    view.words[0].tabIndex = 0;
    const lines = `${Array.from({ length: columns - 1 }, (_, k) => `M${k + 1},0V${rows}`).join("")}${Array.from({ length: rows - 1 }, (_, k) => `M0,${k + 1}H${columns}`).join("")}`;
    const stage = el("div", { class: "stage", style: `aspect-ratio:${width}/${height};max-width:${Math.round((460 * width) / height)}px` },
      image ? el("img", { alt: "", src: image, class: data.picture.drawn ? "drawn" : null }) : null,
      svg("svg", { class: "lines", viewBox: `0 0 ${columns} ${rows}`, preserveAspectRatio: "none", "aria-hidden": "true" },
        svg("path", { class: "under", d: lines }), svg("path", { class: "over", d: lines })), cells);
    const passage = el("div", { class: "passage" });
    const picture = el("div", { class: `picture-view${columns * rows > 300 ? " dense" : ""}`, "data-mode": "effect" }, el("div", { class: "flat-picture", role: "group", "aria-label": `Picture ${LETTERS[view.at]}, ${patches} patches` }, stage));
    if (question) {
      Heatmap.flow(view, passage, patches, data.n, true);
      picture.append(el("div", { class: "heat question" }, el("span", { class: "faint asked", text: "Question" }), passage));
    }
    return picture;
  },

  patch(view, f) {
    const { data } = view;
    const t = data.heat.tints[f], value = data.heat.values[f];
    const effect = value ? `${signed(value, data.heat.largest)}, ${towardName(data, value)}` : "no effect alone";
    const node = el("div", { class: `patch${t ? " " + signClass(t) : ""}`, role: "button", tabindex: -1, "aria-pressed": "false",
      "data-testid": `patch-${f}`, "data-f": f, "data-i": f, "aria-label": `patch ${data.labels[f]}: ${effect}`,
      title: `${data.labels[f]}\n${effect} (average, ${data.heat.index})`, "--t": Math.abs(t).toFixed(3) });
    const shown = data.badges[f].slice(0, 2);
    if (shown.length) node.append(el("span", { class: "tray", "aria-hidden": "true" }, shown.map((number) => badgeNode(view.rowByNumber.get(number)))));
    view.words[f] = node;
    return node;
  },

  // A word that is out of sight comes into it; the page itself stays where it is.
  show(view, features) {
    const node = features.map((f) => view.words[f]).find(Boolean);
    if (!node || view.box.scrollHeight <= view.box.clientHeight + 2) return;
    const frame = view.box.getBoundingClientRect(), rect = node.getBoundingClientRect();
    if (rect.top < frame.top || rect.bottom > frame.bottom) view.box.scrollTop += rect.top - frame.top - frame.height / 3;
  },
};
