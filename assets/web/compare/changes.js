// The table of what differs: one row per interaction, both values on one axis.

const VERBS = { appeared: "appeared", vanished: "vanished", "changed sign": "changed sign", stronger: "got stronger", weaker: "got weaker" };

const Changes = {
  build(app) {
    const { data } = app;
    app.chips = el("div", { class: "chips", role: "group", "aria-label": "Changes shown" });
    app.orderChips = el("div", { class: "chips", role: "group", "aria-label": "Orders shown" });
    app.grid = el("div", { class: "grid changes", role: "grid", "aria-label": "Interactions that differ", "data-testid": "changes" });
    app.foot = el("p", { class: "foot" });
    return el("section", { class: "card", "aria-label": "What differs" },
      el("h3", { text: "What differs from A to B" }),
      el("p", { class: "sum", "data-testid": "summary", text: Changes.summary(data) }),
      Changes.caution(data),
      el("div", { class: "head filters", hidden: !data.rows.length }, app.chips, app.orderChips), app.grid, app.foot);
  },

  summary(data) {
    if (!data.rows.length) return "Neither run has an interaction that stands out from noise; with more passes there may be one.";
    const parts = data.statuses.filter((status) => status !== data.same && data.counts[status]).map((status, at) =>
      `${at ? data.counts[status].toLocaleString("en") : plural(data.counts[status], "interaction", "interactions")} ${VERBS[status]}`);
    const same = data.counts[data.same];
    const rest = same ? `${same.toLocaleString("en")} ${same === 1 ? "is" : "are"} the same within error.` : "";
    if (!parts.length) return `No interaction changed beyond its error. ${rest}`.trim();
    return `${parts.join(", ")}${rest ? `; ${rest}` : "."}`;
  },

  // What differs between two fits says little about the model where one of them does not describe it.
  caution(data) {
    const weak = data.sides.map((side, at) => (/low|bad/.test(side.trust.tone) ? LETTERS[at] : "")).filter(Boolean);
    return weak.length ? el("p", { class: "sum low", "data-testid": "caution", text: `R² of ${weak.join(" and ")} is low: differences may be those of the fits, not of the model.` }) : null;
  },

  passes(app, row) {
    const { data, state } = app;
    if (state.orders !== "all" && (row.order > 1) !== (state.orders === "joint")) return false;
    return state.status === "changes" ? row.status !== data.same : row.status === state.status;
  },

  fill(app) {
    const { data, state } = app;
    const chip = (name, value, text) => el("button", { class: "chip", type: "button", text, "data-testid": `filter-${value.replace(/ /g, "-")}`,
      "aria-pressed": String(state[name] === value), onclick: () => { state[name] = value; state.shown = 12; Changes.fill(app); } });
    app.chips.replaceChildren(chip("status", "changes", "all changes"),
      ...data.statuses.filter((status) => data.counts[status]).map((status) => chip("status", status, `${status} ${data.counts[status].toLocaleString("en")}`)));
    const nouns = data.sides[0].nouns;
    app.orderChips.replaceChildren(chip("orders", "all", "all orders"), chip("orders", "joint", "groups"), chip("orders", "single", `single ${nouns}`));
    const rows = data.rows.filter((row) => Changes.passes(app, row));
    const shown = rows.slice(0, state.shown);
    const domain = Changes.domain(shown);
    app.grid.replaceChildren();
    if (!rows.length) app.grid.append(el("p", { class: "empty", "data-testid": "empty", text: data.rows.length ? "Nothing of this kind." : "There is nothing to list." }));
    else {
      app.grid.append(el("div", { class: "tr th", role: "row" }, ["", "change", data.sides[0].picture ? "members" : nouns, "A", "B", ""].map((text, at) =>
        el("span", { role: "columnheader", class: at === 3 || at === 4 ? "num" : "", text }))));
      shown.forEach((row, at) => app.grid.append(Changes.row(app, row, at, domain)));
    }
    const left = rows.length - shown.length;
    app.foot.replaceChildren(...(left > 0 ? [el("button", { class: "link", type: "button", "data-testid": "more", text: left > 30 ? `30 more of ${left}` : `${left} more`, onclick: () => { state.shown += 30; Changes.fill(app); } }), " · "] : []),
      ...(rows.length ? ["square = A, circle = B, faint lines = two standard deviations each way · differences below ", `${Math.round(100 * data.slight)} % of the strongest interaction count as the same`] : []));
    app.collect();
    app.paint();
  },

  domain(rows) {
    const all = rows.flatMap((row) => [row.a, row.b]).flatMap((side) => [side.value, side.low, side.high]).filter((x) => x !== null);
    const low = Math.min(0, ...all), high = Math.max(0, ...all);
    return low === high ? [-1, 1] : [low, high];
  },

  row(app, row, at, [low, high]) {
    const { data } = app;
    const x = (value) => (100 * (value - low)) / (high - low);
    const range = (side, name) => (side.low === null ? null : el("i", { class: `reach ${name}`, style: `left:${x(side.low)}%;width:${x(side.high) - x(side.low)}%` }));
    const ends = [x(row.a.value), x(row.b.value)];
    const bar = el("span", { class: "bar twin", role: "gridcell", "aria-hidden": "true" },
      el("i", { class: "zero", style: `left:${x(0)}%` }), range(row.a, "of-a"), range(row.b, "of-b"),
      el("i", { class: "shift", style: `left:${Math.min(...ends)}%;width:${Math.abs(ends[0] - ends[1])}%` }),
      el("i", { class: `end at-a ${signClass(row.a.value)}${row.a.listed ? "" : " none"}`, style: `left:${ends[0]}%` }),
      el("i", { class: `end at-b ${signClass(row.b.value)}${row.b.listed ? "" : " none"}`, style: `left:${ends[1]}%` }));
    const numbers = ["a", "b"].map((name) => Changes.number(data, row[name]));
    return el("div", { class: "tr", role: "row", tabindex: at === 0 ? 0 : -1, "aria-selected": "false", "data-row": data.rows.indexOf(row), "data-testid": `change-${at}`,
      title: `${Changes.names(app, row)}: ${row.status}\nA ${Changes.spelled(data, row.a)}\nB ${Changes.spelled(data, row.b)}` },
      el("span", { role: "gridcell", class: "c-badge" }, row.number ? badgeNode({ number: row.number, value: Math.abs(row.b.value) > Math.abs(row.a.value) ? row.b.value : row.a.value }, { "aria-label": `number ${row.number}` }) : null),
      el("span", { role: "gridcell", class: "c-status" }, el("span", { class: "status", "data-status": row.status.replace(/ /g, "-"), text: row.status })),
      el("span", { role: "gridcell", class: "c-words" }, Changes.members(app, row)),
      el("span", { role: "gridcell", class: "num value of-a", text: numbers[0] }),
      el("span", { role: "gridcell", class: "num value of-b", text: numbers[1] }), bar);
  },

  // Named as the run that has them all names them; what the other run lacks is marked as in the text.
  members(app, row) {
    const at = Changes.home(row);
    const side = app.data.sides[at];
    const only = new Set(row.only ? side.only : []);
    return row[Side.key(at)].features.map((f, k) => {
      const node = nameNode(side, f);
      if (only.has(f)) node.classList.add(at ? "put-in" : "taken-out");
      return [k ? el("span", { class: "dot", text: " · " }) : null, node];
    });
  },

  home: (row) => (row.only === "a" || (!row.only && !row.b.listed) ? 0 : 1),
  names: (app, row) => namesText(app.data.sides[Changes.home(row)], row[Side.key(Changes.home(row))].features),
  number: (data, side) => (side.listed ? signed(side.value, data.largest) : "–"),
  spelled: (data, side) => (side.listed ? signed(side.value, data.largest) + (side.low === null ? "" : ` (${signed(side.low, data.largest)} to ${signed(side.high, data.largest)})`) : "not found"),
};
