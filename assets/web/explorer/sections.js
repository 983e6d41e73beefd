// Long inputs: a minimap, the section × section matrix, concordance cards, and the passages that are open.

const Sections = {
  name: (at) => `§${at + 1}`,

  home(app, feature) {
    return app.data.overview.sections.findIndex((section) => feature < section.end);
  },

  // Sections to show: what a person opened, else those of the selection, else those of the strongest group.
  opened(app) {
    const { data, state } = app;
    if (state.open) return state.open;
    const strongest = app.rowByNumber.get(1);
    const features = state.selection.length ? state.selection : strongest ? strongest.features : [0];
    return [...new Set(features.map((f) => Sections.home(app, f)))].sort((a, b) => a - b).slice(0, 3);
  },

  ranges(app) {
    const { sections } = app.data.overview;
    if (app.state.open === "all") return [[0, app.data.n]];
    return Sections.opened(app).map((at) => [sections[at].start, sections[at].end,
      `${Sections.name(at)} · ${app.data.nouns} ${sections[at].start + 1}–${sections[at].end}`]);
  },

  open(app, sections) {
    app.state.open = sections;
    app.rebuildPassages();
    app.passages.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  },

  build(app) {
    app.minimapBox = el("div", { class: "minimap" });
    app.sectionBox = el("div", { class: "scroll" });
    app.sectionInfo = el("p", { class: "foot", "aria-live": "polite" });
    const joint = app.data.overview.cells.length > 0, single = app.data.heat.values.some((value) => value);
    return el("section", { class: "card overview", "data-testid": "overview" },
      el("div", { class: "head" }, el("h3", { text: joint ? "Sections that act on each other" : "Sections" })),
      app.minimapBox,
      el("p", { class: "foot", text: joint
        ? "area = total strength of the groups that span both sections · click a cell to read them"
        : single ? "height = effects of single features along the text · click a section to read it"
          : `${app.data.problem ? ScoreSheet.why(app) : app.data.nothing.effects} Click a section to read it.` }),
      joint ? app.sectionBox : null, joint ? app.sectionInfo : null,
      Saving.control(app, "sections", "Sections", () => [app.minimapBox.querySelector("svg"), app.sectionBox.querySelector("svg")]));
  },

  draw(app) {
    const width = app.sectionBox.clientWidth || 560;
    app.minimapBox.replaceChildren(Sections.minimap(app, app.minimapBox.clientWidth || width));
    app.sectionCells = [];
    if (!app.data.overview.cells.length) return;
    app.sectionBox.replaceChildren(Sections.matrix(app, width));
    Sections.describe(app, null);
  },

  minimap(app, width) {
    const { data } = app;
    const height = 46, middle = 20;
    const picture = svg("svg", { width, height, role: "group", "aria-label": "Minimap of single effects", "data-testid": "minimap" });
    const x = (f) => (f / data.n) * width;
    data.overview.sections.forEach((section, at) => {
      const group = svg("g", { class: "mini-section", role: "button", tabindex: -1, "data-section": at, "aria-label": `Open section ${at + 1}` },
        svg("rect", { class: "mini-hit", x: x(section.start), y: 0, width: Math.max(1, x(section.end) - x(section.start) - 1), height }),
        svg("text", { class: "tiny", x: (x(section.start) + x(section.end)) / 2, y: height - 2, "text-anchor": "middle", text: Sections.name(at) }));
      group.append(svg("title", { text: section.opening }));
      picture.append(group);
    });
    picture.append(svg("line", { class: "axis", x1: 0, x2: width, y1: middle, y2: middle }));
    data.heat.tints.forEach((t, f) => {
      if (Math.abs(t) < 0.05) return;
      const size = Math.abs(t) * 17;
      picture.append(svg("rect", { class: `mini ${signClass(t)}`, x: x(f), y: t > 0 ? middle - size : middle, width: Math.max(1.2, width / data.n), height: size }));
    });
    app.miniMarks = svg("g");
    app.miniX = x;
    picture.append(app.miniMarks);
    return picture;
  },

  matrix(app, width) {
    const { sections, cells, largest } = app.data.overview;
    const count = sections.length, left = Math.min(150, width * 0.3), top = 24;
    const cell = clamp(Math.floor((width - left - 12) / count), 20, 40);
    const picture = svg("svg", { class: "matrix", width: left + count * cell + 6, height: top + count * cell + 6, role: "group", "aria-label": "Section matrix" });
    const known = new Map(cells.map((entry) => [`${entry.row},${entry.column}`, entry]));
    sections.forEach((section, row) => {
      const words = section.end - section.start;
      picture.append(svg("text", { class: "label", x: left - 8, y: top + (row + 0.5) * cell + 4, "text-anchor": "end", "data-section": row,
        text: `${Sections.name(row)} · ${words} ${words === 1 ? app.data.noun : app.data.nouns}` }, svg("title", { text: section.opening })));
      picture.append(svg("text", { class: "tiny", x: left + (row + 0.5) * cell, y: top - 8, "text-anchor": "middle", text: Sections.name(row) }));
      for (let column = 0; column <= row; column++) {
        const x = left + column * cell, y = top + row * cell, entry = known.get(`${row},${column}`);
        const group = svg("g", { class: "cell section-cell", "data-cell": `${row},${column}`, "data-testid": `section-${row}-${column}`, role: "button",
          tabindex: row === 0 ? 0 : -1, "aria-label": Sections.sentence(app, row, column, entry) },
          svg("rect", { class: "empty-cell", x, y, width: cell, height: cell }), svg("rect", { class: "hit", x, y, width: cell, height: cell }));
        if (entry) group.append(signedMark(x, y, cell, entry.mass / largest, entry.net));
        picture.append(group);
      }
    });
    app.sectionCells = [...picture.querySelectorAll("[data-cell]")];
    return picture;
  },

  sentence(app, row, column, entry) {
    const where = row === column ? `within ${Sections.name(row)}` : `${Sections.name(column)} × ${Sections.name(row)}`;
    if (!entry) return `${where}: no interaction`;
    return `${where}: ${plural(entry.count, "interaction", "interactions")}, strongest ${signed(entry.strongest, app.data.table.largest)} (order ${entry.order})`;
  },

  describe(app, cell) {
    if (!cell) { app.sectionInfo.textContent = "point at a cell to see what it holds"; return; }
    const [row, column] = cell.split(",").map(Number);
    app.sectionInfo.textContent = Sections.sentence(app, row, column, app.data.overview.cells.find((entry) => entry.row === row && entry.column === column));
  },

  paint(app, lit, hover) {
    const chosen = hover.exact || lit.exact;
    const features = chosen ? chosen.features : [...(hover.words.size ? hover.words : lit.words)];
    const homes = new Set(features.map((f) => Sections.home(app, f)));
    for (const node of app.sectionCells) {
      const [row, column] = node.dataset.cell.split(",").map(Number);
      node.classList.toggle("on", homes.has(row) && homes.has(column) && (homes.size > 1 ? row !== column : true) && features.length > 1);
    }
    app.miniMarks.replaceChildren(...features.map((f) => svg("path", { class: "mini-mark", d: `M${app.miniX(f + 0.5)},8 l-5,-8 h10 z` })));
  },

  cards(app) {
    const { data } = app;
    const list = data.overview.cards.map((card) => {
      const row = app.rowByNumber.get(card.number);
      return !row ? null : el("article", { class: "concordance", "data-f": keyOf(row.features), "data-mark": "row", role: "button", tabindex: 0, "aria-pressed": "false", "data-testid": `card-${card.number}` },
        el("div", { class: "card-head" }, badgeNode(row), el("b", { text: signed(row.value, data.table.largest) }), el("span", { class: "faint", text: towardText(data, row.value) })),
        el("div", { class: "card-text", dir: "auto" }, card.parts.map((part) => part.kind === "fold"
          ? el("div", { class: "fold", text: `${plural(part.count, data.noun, data.nouns)} with no effect on this interaction` })
          : part.kind === "member" ? el("mark", { text: part.text }) : part.text)));
    });
    return el("section", { class: "card cards", "data-testid": "cards" },
      el("div", { class: "head" }, el("h3", { text: `Only the ${data.nouns} that matter` }), list.length ? el("span", { class: "faint", text: "everything else folded" }) : null),
      list.length ? el("div", { class: "card-list" }, list) : el("p", { class: "empty", text: ScoreSheet.why(app) }));
  },
};
