// The graph: words on the left in reading order, groups on the right, a line for each membership.

const Graph = {
  build(app, width) {
    const { data } = app;
    const { features, groups } = data.graph;
    if (!groups.length) return el("p", { class: "empty", text: ScoreSheet.why(app) });
    const height = Math.max(120, 26 * Math.max(features.length, groups.length));
    const span = Math.min(width, 1160);
    const left = Math.min(170, span * 0.34), right = span * (span > 700 ? 0.52 : 0.6);
    const picture = svg("svg", { class: "graph", width: span, height, role: "group", "aria-label": "Interaction graph" });
    const place = new Map(features.map(([f, y]) => [f, y * height]));
    const largest = Math.max(...groups.map(([number]) => Math.abs(app.rowByNumber.get(number).value)));
    const edges = svg("g"), nodes = svg("g");
    for (const [number, at] of groups) {
      const row = app.rowByNumber.get(number), y = at * height, sign = signClass(row.value);
      const dim = passes(app, row) ? "" : " dim";
      const bundle = svg("g", { class: `edges ${sign}${dim}`, "data-f": keyOf(row.features), "data-mark": "row" });
      const middle = (left + right) / 2;
      for (const f of row.features)
        bundle.append(svg("path", { class: `edge ${sign}`, d: `M${left},${place.get(f)} C${middle},${place.get(f)} ${middle},${y} ${right - 12},${y}`,
          "stroke-width": (1 + 2.5 * Math.sqrt(Math.abs(row.value) / largest)).toFixed(2) }));
      edges.append(bundle);
      nodes.append(Graph.groupNode(app, row, right, y, span, dim));
    }
    for (const [f, at] of features) {
      const y = at * height, t = data.heat.tints[f];
      nodes.append(svg("g", { class: "gword", "data-f": f, "data-mark": "word", role: "button", tabindex: -1, "data-testid": `node-${f}`, "aria-label": nameText(data, f) },
        svg("rect", { class: "band", x: 0, y: y - 12, width: left + 8, height: 24, rx: 4 }),
        svg("rect", { class: `tint ${signClass(t)}`, x: left - 3, y: y - 9, width: 7, height: 18, rx: 2, "--t": Math.max(0.15, Math.abs(t)) }),
        svg("text", { class: "label", x: left - 10, y: y + 4, "text-anchor": "end", text: nameLabel(data, f, Math.floor(left / 8.5)) }),
        svg("title", { text: nameText(data, f) })));
    }
    picture.append(edges, nodes);
    return el("div", { class: "scroll" }, picture);
  },

  groupNode(app, row, x, y, span, dim) {
    const { data } = app;
    const sign = signClass(row.value);
    const room = Math.max(6, Math.floor((span - x - 74) / 6.6));
    return svg("g", { class: `gnode ${sign}${dim}`, "data-f": keyOf(row.features), "data-mark": "row", role: "button", tabindex: -1, "data-testid": `group-${row.number}`,
      "aria-label": `${row.number}: ${namesText(data, row.features)}, ${signed(row.value, data.table.largest)}` },
      svg("rect", { class: "band", x: x - 14, y: y - 12, width: span - x + 14, height: 24, rx: 4 }),
      svg("rect", { class: `node ${sign}`, x: x - 9, y: y - 9, width: 18, height: 18, rx: sign === "pos" ? 9 : 4 }),
      svg("text", { class: "glyph", x, y: y + 4, "text-anchor": "middle", text: row.number }),
      svg("text", { class: "value", x: x + 18, y: y + 4, text: signed(row.value, data.table.largest) }),
      svg("text", { class: "label faint", x: x + 66, y: y + 4, text: clip(namesText(data, row.features), room) }),
      svg("title", { text: namesText(data, row.features) }));
  },
};
