// The component: two inputs and the table of what differs, with one linked selection.

const APPS = new WeakMap();

class Compare {
  constructor(parent) {
    this.root = el("div", { class: "sx cmp", "data-testid": "comparison" });
    parent.append(this.root);
    this.root.onclick = (event) => this.click(event);
    this.root.onmouseover = (event) => this.point(event);
    this.root.onmouseleave = () => this.hover(null);
    this.root.onfocusin = (event) => this.point(event);
    this.root.onkeydown = (event) => this.key(event);
  }

  update(component) {
    const data = component.data[0]; // in a list: see comparison.py
    if (this.data && this.data.key === data.key) return;
    const before = this.state;
    this.data = data;
    this.state = { status: "changes", orders: before ? before.orders : "all", shown: 12, selection: null, hover: null };
    this.build();
  }

  build() {
    const { data } = this;
    this.views = [0, 1].map((at) => Side.view(data, at));
    this.marks = [];
    const sides = el("div", { class: "sides" }, this.views.map((view) => Side.build(this, view)));
    this.root.replaceChildren(...(data.problems.length ? [this.problems()] : []), this.legend(), sides, ...(data.comparable ? [Changes.build(this)] : []));
    if (data.comparable) Changes.fill(this);
    else { this.collect(); this.paint(); }
  }

  problems() {
    const scale = this.data.shared ? "" : " Each side keeps a colour scale of its own; the colours of A and B cannot be compared.";
    return el("div", { class: "apart", role: "alert", "data-testid": "problems" }, this.data.problems.map((text) => el("p", { text })),
      el("p", { class: "faint", text: `So no list of differences is made.${scale}` }));
  }

  legend() {
    const { data } = this;
    const [a, b] = data.sides;
    const box = data.shared ? Heatmap.legend({ data: a, rowByNumber: new Map() }) : el("div", { class: "legend" });
    if (data.shared) {
      const end = signed(a.heat.largest).replace("+", "");
      box.append(el("span", { class: "scale", "data-testid": "scale", title: "Average effect of one feature; the colour grows with its square root" },
        `−${end}`, el("i", { class: "ramp2" }), `+${end} ${a.unit}, one scale for both`));
    }
    if (a.only.length) box.append(el("span", null, el("i", { class: "sample taken-out", text: "word" }), el("span", { text: "only in A" })));
    if (b.only.length) box.append(el("span", null, el("i", { class: "sample put-in", text: "word" }), el("span", { text: "only in B" })));
    if (data.rows.some((row) => row.number)) box.append(el("span", { class: "faint", text: "same number = one row of the table below" }));
    return box;
  }

  collect() {
    this.rowNodes = [...this.root.querySelectorAll("[data-row]")];
  }

  // Which features of A and of B, and which rows, a row or a word stands for.
  light(target) {
    const lit = { words: [new Set(), new Set()], rows: new Set(), near: new Set() };
    if (!target) return lit;
    if (target.row !== undefined) {
      const row = this.data.rows[target.row];
      lit.rows.add(target.row);
      ["a", "b"].forEach((name, at) => row[name].features.forEach((f) => lit.words[at].add(f)));
      return lit;
    }
    lit.words[target.side].add(target.feature);
    const partner = this.data.comparable ? this.data.partners[target.side][target.feature] : -1;
    if (partner >= 0) lit.words[1 - target.side].add(partner);
    this.data.rows.forEach((row, at) => {
      if (row[Side.key(target.side)].features.includes(target.feature)) lit.near.add(at);
    });
    return lit;
  }

  paint() {
    const on = this.light(this.state.selection), over = this.light(this.state.hover);
    this.views.forEach((view, at) => view.words.forEach((node, f) => {
      node.classList.toggle("on", on.words[at].has(f));
      node.classList.toggle("hov", over.words[at].has(f));
      node.setAttribute("aria-pressed", String(on.words[at].has(f)));
    }));
    for (const node of this.rowNodes) {
      const at = Number(node.dataset.row);
      node.classList.toggle("on", on.rows.has(at));
      node.classList.toggle("near", on.near.has(at));
      node.classList.toggle("hov", over.rows.has(at) || over.near.has(at));
      node.setAttribute("aria-selected", String(on.rows.has(at)));
    }
  }

  // What a node stands for: a row, a badge's row, or a word of one side.
  target(node) {
    const row = node.closest("[data-row]");
    if (row) return { row: Number(row.dataset.row) };
    const badge = node.closest(".tray .badge");
    if (badge) return { row: this.data.rows.findIndex((known) => known.number === Number(badge.dataset.n)) };
    const word = node.closest("[data-i]");
    const side = node.closest(".side");
    return word ? { side: side.dataset.testid === "side-b" ? 1 : 0, feature: Number(word.dataset.i) } : null;
  }

  hover(target) {
    if (JSON.stringify(target) === JSON.stringify(this.state && this.state.hover)) return;
    this.state.hover = target;
    this.paint();
  }

  point(event) { if (this.data) this.hover(this.target(event.target)); }

  click(event) {
    const target = this.target(event.target);
    if (target) this.select(target);
  }

  select(target) {
    const same = JSON.stringify(target) === JSON.stringify(this.state.selection);
    this.state.selection = same ? null : target;
    this.paint();
    if (same) return;
    const lit = this.light(target);
    this.views.forEach((view, at) => { if (target.side !== at) Side.show(view, [...lit.words[at]]); });
  }

  key(event) {
    const { key, target } = event;
    if (key === "Escape") { this.state.selection = null; return this.paint(); }
    if ((key === "Enter" || key === " ") && !target.matches("button") && this.target(target)) {
      event.preventDefault();
      return this.select(this.target(target));
    }
    if (!/^(Arrow(Up|Down|Left|Right)|Home|End)$/.test(key)) return;
    const next = this.neighbour(target, key);
    if (!next) return;
    event.preventDefault();
    if (next.tabIndex < 0 && target.tabIndex >= 0) { target.tabIndex = -1; next.tabIndex = 0; }
    next.focus();
  }

  neighbour(target, key) {
    if (target.matches(".patch")) return this.patch(target, key);
    if (target.matches(".w")) {
      const view = this.views[this.target(target).side];
      return view.words[Heatmap.move(view, Number(target.dataset.i), key)];
    }
    const list = target.closest(".grid, .chips");
    if (!list) return null;
    const items = [...list.querySelectorAll("[tabindex], button")];
    if (key === "Home") return items[0];
    if (key === "End") return items[items.length - 1];
    return items[items.indexOf(target) + (key === "ArrowDown" || key === "ArrowRight" ? 1 : -1)];
  }

  patch(target, key) {
    const view = this.views[this.target(target).side];
    const { columns, patches } = view.data.picture;
    const at = Number(target.dataset.i);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - columns, ArrowDown: at + columns, Home: 0, End: patches - 1 }[key];
    return to >= 0 && to < patches ? view.words[to] : null;
  }
}

export default function (component) {
  const { parentElement } = component;
  let app = APPS.get(parentElement);
  if (!app) {
    app = new Compare(parentElement);
    APPS.set(parentElement, app);
  }
  app.update(component);
  return () => {
    app.root.remove();
    APPS.delete(parentElement);
  };
}
