// The pair matrix: area is strength; a disc is positive, a square negative, and where there is room the sign is
// written in it.

function signedMark(x, y, cell, share, value) {
  const side = Math.max(4.5, (cell - 4) * Math.sqrt(share));
  const group = svg("g", { class: signClass(value) });
  group.append(svg("rect", { class: `square ${signClass(value)}`, x: x + (cell - side) / 2, y: y + (cell - side) / 2, width: side, height: side, rx: value > 0 ? side / 2 : 1.5 }));
  if (side >= 11) group.append(svg("text", { class: "glyph", x: x + cell / 2, y: y + cell / 2 + 4, "text-anchor": "middle", text: value < 0 ? "−" : "+" }));
  return group;
}

const Matrix = {
  build(app, width) {
    const { data } = app;
    const { features, cells, largest } = data.matrix;
    if (features.length < 2) return el("p", { class: "empty", text: ScoreSheet.why(app) });
    const labels = features.map((f) => nameLabel(data, f, 14));
    const left = 24 + 7.6 * Math.max(...labels.map((text) => Array.from(text).length));
    const cell = clamp(Math.floor(Math.min(width - left - 90, 660) / features.length), 18, 40);
    const top = 6;
    const span = left + features.length * cell + 100;
    const picture = svg("svg", { class: "matrix", width: span, height: top + features.length * cell + 16, role: "group", "aria-label": "Pair matrix" });
    const at = new Map(features.map((f, k) => [f, k]));
    features.forEach((f, row) => {
      picture.append(svg("text", { class: "label", "data-f": f, "data-mark": "word", x: left - 8, y: top + (row + 0.5) * cell + 4, "text-anchor": "end", text: labels[row] }));
      for (let column = 0; column < row; column++)
        picture.append(svg("rect", { class: "empty-cell", x: left + column * cell, y: top + row * cell, width: cell, height: cell }));
      // The diagonal carries the column's name, so that no label stands far from its cells.
      if (row < features.length - 1) picture.append(svg("text", { class: "label faint", "data-f": f, "data-mark": "word",
        transform: `translate(${left + row * cell + 6},${top + (row + 1) * cell - 5}) rotate(-32)`, text: clip(labels[row], 12) }));
    });
    for (const [a, b, value, larger] of cells) {
      const x = left + at.get(a) * cell, y = top + at.get(b) * cell;
      const own = value ? signed(value, data.table.largest) : "no effect as a pair";
      const also = larger ? `; both in ${plural(larger, "larger group", "larger groups")}` : "";
      const group = svg("g", { class: "cell", "data-f": keyOf([a, b]), "data-mark": "pair", role: "button", tabindex: -1, "data-testid": `cell-${a}-${b}`,
        "aria-label": `${namesText(data, [a, b])}: ${own}${also}` }, svg("rect", { class: "hit", x, y, width: cell, height: cell }));
      if (larger) group.append(svg("circle", { class: "ring", cx: value ? x + cell - 5 : x + cell / 2, cy: value ? y + 5 : y + cell / 2, r: value ? 2.5 : 4 }));
      if (value) group.append(signedMark(x, y, cell, Math.abs(value) / largest, value));
      group.append(svg("title", { text: `${namesText(data, [a, b])}\n${own}${also}` }));
      picture.append(group);
    }
    return el("div", { class: "scroll" }, picture, el("p", { class: "foot", text: "area = strength of the pair · ring = both belong to a larger group" }));
  },
};
