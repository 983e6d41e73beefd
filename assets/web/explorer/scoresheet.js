// The score sheet: a column per word in reading order, a row per interaction, a dot per member.

const ScoreSheet = {
  build(app, width) {
    const { data, state } = app;
    const small = data.size === "small";
    const rows = data.score_sheet.numbers.map((number) => app.rowByNumber.get(number)).filter((row) => row && passes(app, row)).slice(0, state.sheetRows);
    if (!rows.length) return el("p", { class: "empty", text: ScoreSheet.why(app) });
    const members = new Set(rows.flatMap((row) => row.features));
    const columns = data.score_sheet.columns.filter((f) => small || members.has(f));
    const shownLabels = columns.map((f) => nameLabel(data, f, 16));
    const left = width < 560 ? 92 : 150;
    const { widths, flat, top } = ScoreSheet.columns(app, shownLabels, width - left, small);
    const line = small ? 28 : 24;
    const total = Math.max(width, left + widths.reduce((sum, w) => sum + w, 0) + (flat ? 8 : 60));
    const height = top + rows.length * line + 8;
    const x = new Map();
    columns.reduce((edge, f, at) => (x.set(f, edge + widths[at] / 2), edge + widths[at]), left);
    const picture = svg("svg", { class: "sheet", width: Math.max(total, 200), height, role: "group", "aria-label": "Score sheet" });
    columns.forEach((f, at) => picture.append(ScoreSheet.header(app, f, shownLabels[at], x.get(f), top, widths[at], flat, small)));
    const largest = Math.max(...rows.map((row) => Math.abs(row.value)));
    rows.forEach((row, at) => picture.append(ScoreSheet.row(app, row, columns, x, top + (at + 0.5) * line, line, total, largest, left < 100)));
    const wrap = el("div", { class: "scroll" }, picture);
    const left_over = data.score_sheet.numbers.length - state.sheetRows;
    if (left_over > 0 && rows.length === state.sheetRows)
      wrap.append(el("button", { class: "link", type: "button", text: `${left_over} more rows`, onclick: () => { state.sheetRows += 40; app.redraw(); } }));
    return wrap;
  },

  // Words stand upright over their columns where all fit side by side, else they lean.
  columns(app, labels, room, small) {
    const font = `14px ${getComputedStyle(app.root).fontFamily}`;
    const sizes = labels.map((text) => textWidth(text, font));
    const needed = sizes.map((size) => Math.max(size + 18, 46));
    const sum = needed.reduce((total, size) => total + size, 0);
    if (sum <= room - 8) {
      const spare = Math.min((room - 8 - sum) / labels.length, 44);
      return { widths: needed.map((size) => size + spare), flat: true, top: 50 };
    }
    const step = clamp((room - 60) / labels.length, 22, 64);
    return { widths: labels.map(() => step), flat: false, top: 20 + Math.max(...sizes) * 0.66 + (small ? 18 : 4) };
  },

  why(app) {
    if (app.data.problem) return "This index cannot be shown.";
    if (!app.data.table.rows.length) return app.data.nothing.effects;
    if (!app.rowByNumber.size) return app.data.nothing.groups;
    return "No group of two or more matches the filters.";
  },

  header(app, f, text, x, top, step, flat, small) {
    const { heat } = app.data;
    const t = heat.tints[f];
    const group = svg("g", { class: "col", "data-f": f, "data-mark": "word", "data-testid": `column-${f}` });
    group.append(svg("title", { text: `${nameText(app.data, f)} ${heat.values[f] ? signed(heat.values[f], heat.largest) : ""}` }));
    if (flat) {
      group.append(svg("rect", { class: `tint ${signClass(t)}`, x: x - step / 2 + 3, y: 2, width: step - 6, height: 24, rx: 4, "--t": Math.abs(t) }));
      group.append(svg("text", { class: "label", x, y: 19, "text-anchor": "middle", text }));
      group.append(svg("text", { class: "tiny", x, y: 41, "text-anchor": "middle", text: heat.values[f] ? signed(heat.values[f], heat.largest) : "·" }));
    } else {
      group.append(svg("text", { class: "label", transform: `translate(${x - 3},${top - (small ? 24 : 8)}) rotate(-40)`, text }));
      if (small) group.append(svg("rect", { class: `tint ${signClass(t)}`, x: x - step / 2 + 2, y: top - 18, width: step - 4, height: 12, rx: 3, "--t": Math.abs(t) }));
    }
    return group;
  },

  row(app, row, columns, x, y, line, width, largest, narrow) {
    const { data } = app;
    const sign = signClass(row.value);
    const group = svg("g", { class: `srow ${sign}`, "data-f": keyOf(row.features), "data-mark": "row", role: "button", tabindex: -1, "data-testid": `sheet-${row.number}`,
      "aria-label": `${row.number}: ${namesText(data, row.features)}, ${signed(row.value, data.table.largest)}${row.steady ? "" : `, ${Table.again(data, row)}`}` });
    group.append(svg("rect", { class: "band", x: 0, y: y - line / 2, width, height: line, rx: 4 }));
    group.append(svg("text", { class: "rank", x: 24, y: y + 4, "text-anchor": "end", text: row.number }));
    group.append(svg("text", { class: "value", x: 84, y: y + 4, "text-anchor": "end", text: signed(row.value, data.table.largest) }));
    if (narrow) group.append(svg("title", { text: namesText(data, row.features) }));
    else group.append(svg("rect", { class: `mass ${sign}${row.steady ? "" : " unsteady"}`, x: 94, y: y - 4, width: Math.max(2, (44 * Math.abs(row.value)) / largest), height: 8, rx: 2 }));
    for (const f of columns) group.append(svg("circle", { class: "rest", cx: x.get(f), cy: y, r: 1.5 }));
    const places = row.features.map((f) => x.get(f));
    group.append(svg("line", { class: `link ${sign}`, x1: Math.min(...places), x2: Math.max(...places), y1: y, y2: y }));
    for (const place of places) group.append(sign === "pos"
      ? svg("circle", { class: "dot pos", cx: place, cy: y, r: 5.5 })
      : svg("rect", { class: "dot neg", x: place - 5, y: y - 5, width: 10, height: 10, rx: 2 }));
    return group;
  },
};
