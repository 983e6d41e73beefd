// The ranked table and its filters.

const Table = {
  build(app) {
    const { data, state } = app;
    const present = [...new Set(data.table.rows.map((row) => row.order))].sort((a, b) => a - b);
    const joint = present.filter((order) => order > 1);
    const chip = (value, text, title) => el("button", {
      class: "chip", type: "button", "data-testid": `filter-order-${value}`, "data-order": value,
      "aria-pressed": String(state.orders === value), title,
      onclick: () => { state.orders = value; if (value === 1) state.kinds = "all"; app.refilter(); }, text,
    });
    app.chips = [
      chip("all", "all", `single ${data.nouns} and groups`),
      joint.length ? chip("joint", "together", "groups of two or more") : null,
      ...present.map((order) => chip(order, String(order), order === 1 ? `single ${data.nouns}` : `groups of ${order}`)),
    ].filter(Boolean);
    app.signButton = el("button", { class: "chip", type: "button", "data-testid": "filter-sign",
      onclick: () => { state.sign = state.sign === 0 ? 1 : state.sign === 1 ? -1 : 0; app.refilter(); } });
    app.wordBox = el("input", { class: "field", type: "search", placeholder: `filter by ${data.noun}…`, "data-testid": "filter-word",
      "aria-label": `Show only interactions with this ${data.noun}`, oninput: () => { state.word = app.wordBox.value.trim(); app.refilter(); } });
    app.wordBox.value = state.word;
    app.kindChips = Table.kinds(app);
    const head = el("div", { class: "head" }, el("h3", { text: "Interactions" }),
      el("div", { class: "chips", role: "group", "aria-label": "Orders shown" }, app.chips, app.signButton));
    const kinds = app.kindChips.length ? el("div", { class: "chips kinds", role: "group", "aria-label": "Kinds of interactions shown" }, app.kindChips) : null;
    const tools = el("div", { class: "tools" }, app.wordBox, Table.indexSelect(app), Table.orderSelect(app));
    app.grid = el("div", { class: "grid", role: "grid", "aria-label": "Ranked interactions", "data-testid": "table" });
    app.gridFoot = el("p", { class: "foot" });
    return el("section", { class: "card ranked" }, head, kinds, tools, app.grid, app.gridFoot);
  },

  // Pictures whose question is masked too: what a group may join.
  kinds(app) {
    const { data, state } = app;
    if (!data.picture || !data.picture.words) return [];
    return [["all", "all kinds"], ["patch-patch", "patch–patch"], ["patch-word", "patch–word"], ["word-word", "word–word"]].map(([value, text]) =>
      el("button", { class: "chip", type: "button", "data-testid": `filter-kind-${value}`, "data-kind": value, text,
        onclick: () => { state.kinds = value; if (value !== "all" && state.orders === 1) state.orders = "joint"; app.refilter(); } }));
  },

  indexSelect(app) {
    const { data } = app;
    const known = data.indices.find((entry) => entry.name === data.index);
    const box = el("select", { class: "field", "data-testid": "index", "aria-label": "Interaction index", title: known ? `${known.title}: ${known.summary}` : "",
      onchange: () => app.send("index", box.value) },
      data.indices.map((entry) => el("option", { value: entry.name, text: entry.title, title: entry.summary, selected: entry.name === data.index })));
    return box;
  },

  orderSelect(app) {
    const { data } = app;
    if (data.max_order < 2) return null;
    const box = el("select", { class: "field", "data-testid": "order", "aria-label": "Largest order", title: "Largest group that the index may use",
      onchange: () => app.send("order", Number(box.value)) },
      el("option", { value: 0, text: "any order", selected: !data.order }),
      Array.from({ length: data.max_order }, (_, k) => el("option", { value: k + 1, text: `order ≤ ${k + 1}`, selected: data.order === k + 1 })));
    return box;
  },

  fill(app) {
    const { data, state } = app;
    for (const chip of app.chips) chip.setAttribute("aria-pressed", String(chip.dataset.order === String(state.orders)));
    for (const chip of app.kindChips) chip.setAttribute("aria-pressed", String(chip.dataset.kind === state.kinds));
    app.signButton.textContent = state.sign === 0 ? "± sign" : state.sign > 0 ? "+ only" : "− only";
    app.signButton.setAttribute("aria-pressed", String(state.sign !== 0));
    app.signButton.setAttribute("aria-label", state.sign === 0 ? "Both signs shown" : state.sign > 0 ? "Only positive shown" : "Only negative shown");
    const rows = data.table.rows.filter((row) => passes(app, row));
    app.visible = rows;
    app.visibleKeys = new Set(rows.map((row) => keyOf(row.features)));
    const [low, high] = Table.domain(rows.slice(0, state.shown));
    app.grid.replaceChildren();
    if (!rows.length) app.grid.append(Table.empty(app));
    else {
      app.grid.append(el("div", { class: "tr th", role: "row" },
        ["", data.picture ? "members" : data.nouns, "order", data.index === "Fourier" ? "coefficient" : "effect", ""].map((text, at) =>
          el("span", { role: "columnheader", class: at === 2 || at === 3 ? "num" : "", text }))));
      rows.slice(0, state.shown).forEach((row, at) => app.grid.append(Table.row(app, row, at, low, high)));
    }
    Table.foot(app, rows);
  },

  domain(rows) {
    const all = rows.flatMap((row) => [row.value, row.low, row.high]).filter((x) => x !== null);
    const low = Math.min(0, ...all), high = Math.max(0, ...all);
    return low === high ? [-1, 1] : [low, high];
  },

  row(app, row, at, low, high) {
    const { data } = app;
    const x = (value) => (100 * (value - low)) / (high - low);
    const left = Math.min(x(0), x(row.value));
    const bar = el("span", { class: "bar", role: "gridcell", "aria-hidden": "true" },
      el("i", { class: "zero", style: `left:${x(0)}%` }),
      el("i", { class: `fill ${signClass(row.value)}${row.steady ? "" : " unsteady"}`, "data-testid": "fill",
        style: `left:${left}%;width:${Math.max(0.8, Math.abs(x(row.value) - x(0)))}%;--share:${Table.share(data, row)}` }),
      row.low === null ? null : el("i", { class: "range", style: `left:${x(row.low)}%;width:${x(row.high) - x(row.low)}%` }));
    const range = row.low === null ? "" : `, ${signed(row.low, data.table.largest)} to ${signed(row.high, data.table.largest)}`;
    const again = Table.again(data, row);
    return el("div", {
      class: "tr", role: "row", tabindex: at === 0 ? 0 : -1, "aria-selected": "false",
      "data-testid": row.number ? `row-${row.number}` : `row-single-${row.features[0]}`,
      "data-f": keyOf(row.features), "data-mark": "row", "data-row": at,
      title: `${namesText(data, row.features)}\n${signed(row.value, data.table.largest)} ${towardText(data, row.value)}${range}${again && `\n${again}`}`,
    },
      el("span", { role: "gridcell", class: "c-badge" }, row.number ? badgeNode(row, { "aria-label": `number ${row.number}` }) : null),
      el("span", { role: "gridcell", class: "c-words" }, row.features.map((f, k) => [k ? el("span", { class: "dot", text: " · " }) : null, nameNode(data, f)]),
        row.steady ? null : el("span", { class: "again", "aria-hidden": "true", text: `${row.reappears}/${data.table.resamples}` })),
      el("span", { role: "gridcell", class: "num", text: row.order }),
      el("span", { role: "gridcell", class: "num value" }, signed(row.value, data.table.largest), again && el("span", { class: "unseen", text: `, ${again}` })),
      bar);
  },

  share(data, row) { return row.reappears === null ? 1 : row.reappears / data.table.resamples; },

  again(data, row) { return row.reappears === null ? "" : `reappears in ${row.reappears} of ${data.table.resamples} resamples`; },

  empty(app) {
    const { data, state } = app;
    if (data.problem) return el("p", { class: "empty", text: "This index cannot be shown; choose another index or a smaller order." });
    if (!data.table.rows.length) return el("p", { class: "empty", "data-testid": "empty", text: data.nothing.effects });
    return el("p", { class: "empty", "data-testid": "empty" }, "Nothing matches the filters. ",
      el("button", { class: "link", type: "button", text: "Clear filters", onclick: () => {
        state.word = ""; state.sign = 0; state.orders = "all"; state.kinds = "all"; app.wordBox.value = ""; app.refilter(); } }));
  },

  foot(app, rows) {
    const { data, state } = app;
    const left = rows.length - state.shown;
    const listed = data.table.rows.length, all = data.table.groups + data.table.singles;
    app.gridFoot.replaceChildren();
    if (!rows.length) return;
    if (left > 0) app.gridFoot.append(el("button", { class: "link", type: "button", "data-testid": "more",
      text: left > 30 ? `30 more of ${left}` : `${left} more`, onclick: () => { state.shown += 30; app.refilter(); } }), " · ");
    if (rows.some((row) => row.low !== null)) app.gridFoot.append("line on the bar = two standard deviations each way · ");
    const doubtful = rows.slice(0, state.shown).find((row) => !row.steady);
    if (doubtful) app.gridFoot.append(el("span", { class: "again", text: `${doubtful.reappears}/${data.table.resamples}` }),
      ` = reappears in fewer than ${data.table.enough} % of ${data.table.resamples} resamples · `);
    if (data.rule) app.gridFoot.append(`only what is ${data.rule} · `);
    app.gridFoot.append("click a row to pin it");
    if (all > listed) app.gridFoot.append(` · strongest ${listed.toLocaleString("en")} of ${all.toLocaleString("en")}; all are in the download`);
    if (data.index === "Fourier") app.gridFoot.append(" · Fourier: odd orders have the opposite sign of the effect");
  },
};
