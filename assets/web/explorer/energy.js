// Energy by order and sign, and the plain table of numbers.

const Energy = {
  build(app) {
    const { data } = app;
    const { orders, total } = data.energy;
    if (!orders.length || !total) return el("p", { class: "empty", text: data.problem ? ScoreSheet.why(app) : data.nothing.effects });
    const largest = Math.max(...orders.map((entry) => entry.positive + entry.negative));
    const share = (value) => value === 0 ? "0 %" : `${((100 * value) / total).toFixed(value / total < 0.0995 ? 1 : 0)} %`;
    const bar = (value, sign) => value <= 0 ? null : el("i", { class: `energy-fill ${sign}`, style: `width:${(100 * value) / largest}%`, title: `${sign === "pos" ? "+" : "−"} ${share(value)}` });
    return el("div", { class: "energy" },
      el("p", { class: "foot", text: "Share of each group size in the variation of the output that the listed terms explain (squared Fourier coefficients; sign of the effect when all members are kept)." }),
      orders.map((entry) => el("div", { class: "energy-row" },
        el("span", { class: "energy-name", text: entry.order === 1 ? `single ${data.nouns}` : `groups of ${entry.order}` }),
        el("span", { class: "energy-bar" }, bar(entry.positive, "pos"), bar(entry.negative, "neg")),
        el("span", { class: "num energy-share", text: share(entry.positive + entry.negative) }),
        el("span", { class: "faint energy-split", text: `+ ${share(entry.positive)}  − ${share(entry.negative)}` }))),
      el("div", { class: "legend" },
        el("span", null, el("i", { class: "swatch pos", text: "+" }), `towards ${data.toward[1]}`),
        el("span", null, el("i", { class: "swatch neg", text: "−" }), `towards ${data.toward[0]}`)));
  },
};

const DataTab = {
  build(app) {
    const { data } = app;
    const rows = app.visible.slice(0, 400);
    if (!rows.length) return el("p", { class: "empty", text: data.problem || !data.table.rows.length ? ScoreSheet.why(app) : "Nothing matches the filters." });
    const number = (value) => (value === null ? "" : String(Number(value.toPrecision(6))).replace("-", "−"));
    return el("div", { class: "scroll data", tabindex: 0, role: "region", "aria-label": "Data" }, el("table", null,
      el("thead", null, el("tr", null, ["#", data.nouns, "positions", "order", "value", "low", "high"].map((text) => el("th", { text })))),
      el("tbody", null, rows.map((row) => el("tr", { "data-f": keyOf(row.features), "data-mark": "row" },
        el("td", { text: row.number || "" }), el("td", { dir: "auto", text: namesText(data, row.features) }), el("td", { text: row.features.join(", ") }),
        el("td", { text: row.order }), [row.value, row.low, row.high].map((value) => el("td", { class: "num", text: number(value) })))))));
  },
};
