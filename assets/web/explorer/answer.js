// The answer line, the trust cards, and a slim banner while a run is still going.

const Answer = {
  build(app) {
    const { data } = app;
    const card = el("section", { class: "card answer", "data-testid": "answer", "aria-label": "Answer" });
    app.banner = el("p", { class: "banner", role: "status", hidden: true });
    card.append(app.banner, el("p", { class: "says" }, data.answer.says.map((run) => Answer.run(app, run))));
    if (data.answer.caution.length)
      card.append(el("p", { class: `caution ${data.trust.tone}`, "data-testid": "caution" },
        data.answer.caution.map((run) => Answer.run(app, run))));
    for (const sentence of data.answer.why) card.append(el("p", { class: "why" }, sentence.map((run) => Answer.run(app, run))));
    if (data.problem) card.append(el("p", { class: "caution low", role: "alert", text: data.problem }));
    if (data.trust.notes.length)
      card.append(el("ul", { class: "notes", "data-testid": "notes" }, data.trust.notes.map((note) => el("li", { text: note }))));
    return card;
  },

  run(app, run) {
    if (run.kind === "text") return document.createTextNode(run.text);
    const row = run.badge ? app.rowByNumber.get(run.badge) : null;
    const known = row && run.features.every((f) => row.features.includes(f)) ? row.features : run.features;
    if (!run.features.length) return el("strong", { text: run.text });
    const node = el("span", {
      class: "ref", role: "button", tabindex: 0, dir: "auto",
      "data-f": keyOf(known), "data-mark": "ref", "aria-pressed": "false", text: run.text,
    });
    return node;
  },

  trust(app) {
    const { cards } = app.data.trust;
    return el("section", { class: `trust of-${cards.length}`, "data-testid": "trust", "aria-label": "How far to trust it" },
      cards.map((card) =>
        el("div", { class: "card fact", "data-testid": `trust-${card.name}`, title: card.about || null },
          el("div", { class: `big ${card.tone}`, text: card.value }),
          el("div", { class: "label", text: card.label }),
          card.detail ? el("div", { class: "label faint", text: card.detail }) : null)));
  },

  live(app) {
    const { live } = app.data;
    app.banner.hidden = !live;
    if (!live) return;
    const known = live.total > 0;
    const passes = known ? ` after ${live.done.toLocaleString("en")} of ${live.total.toLocaleString("en")} passes` : "";
    app.banner.textContent = `Early estimate${passes}; it sharpens as passes arrive.`;
    app.banner.style.setProperty("--done", known ? live.done / live.total : 0);
  },
};
