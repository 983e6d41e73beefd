// The list of runs: search, order and selection live in the browser; Python hears of the selection and of what to open.

const LISTS = new WeakMap();
const MEMORY = "spex-runs"; // search and order, kept for this tab
const CHUNK = 100; // rows drawn at first and more at a time, as they are scrolled to
const COLUMNS = [
  ["run", "Run", "what"], ["model", "Model and target", "asked"], ["passes", "Passes", "passes num"], ["r2", "R²", "r2 num"],
  ["time", "Time", "time num"], ["state", "State", "state"], ["at", "Started", "at num"],
];
const DOWN_FIRST = new Set(["passes", "r2", "time", "at"]);
const COLLATOR = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

class RunsList {
  constructor(parent) {
    this.nodes = new Map(); // id -> {node, made}
    this.selected = new Set();
    this.limit = CHUNK;
    this.recall();
    this.root = el("div", { class: "sx runs", "data-testid": "runs" });
    this.search = el("input", { class: "field", type: "search", placeholder: "Search input, name, model, target …", "aria-label": "Search runs", value: this.query,
      oninput: () => { this.query = this.search.value; this.limit = CHUNK; this.remember(); this.draw(); } });
    this.order = el("select", { class: "field order", "aria-label": "Order", onchange: () => this.sortBy(...this.order.value.split(" ")) },
      COLUMNS.flatMap(([key, title]) => (key === "at" ? [["desc", "newest first"], ["asc", "oldest first"]]
        : DOWN_FIRST.has(key) ? [["desc", `${title}, highest first`], ["asc", `${title}, lowest first`]] : [["asc", title]])
        .map(([way, text]) => el("option", { value: `${key} ${way}`, text }))));
    this.count = el("span", { class: "faint", role: "status", "data-testid": "runs-count" });
    this.head = el("div", { class: "run headings", role: "row" },
      el("div", { class: "cell pick", role: "columnheader" }, this.all = el("input", { type: "checkbox", "aria-label": "Select all that are listed", onchange: () => this.pickAll() })),
      COLUMNS.map(([key, title, place]) => el("div", { class: `cell ${place}`, role: "columnheader", "data-column": key },
        el("button", { type: "button", class: "sort", text: title, onclick: () => this.sortBy(key) }))),
      el("div", { class: "cell keep", role: "columnheader", "aria-label": "Pinned" }));
    this.body = el("div", { role: "rowgroup" });
    this.table = el("div", { class: "table", role: "grid", "aria-label": "Runs", "aria-multiselectable": "true", onscroll: () => this.more() }, el("div", { role: "rowgroup", class: "head-group" }, this.head), this.body);
    this.root.append(el("div", { class: "tools" }, this.search, this.order, this.count), this.table);
    this.root.onclick = (event) => this.click(event);
    this.root.onkeydown = (event) => this.key(event);
    parent.append(this.root);
  }

  update(component) {
    this.component = component;
    const data = component.data[0];
    this.rows = data.rows;
    if (data.turn !== this.turn) {
      this.turn = data.turn;
      this.selected = new Set(data.selected);
    }
    const known = new Set(this.rows.map((row) => row.id));
    for (const id of [...this.selected]) if (!known.has(id)) this.selected.delete(id);
    for (const id of [...this.nodes.keys()]) if (!known.has(id)) this.nodes.delete(id);
    this.draw();
  }

  recall() {
    let kept = {};
    try { kept = JSON.parse(sessionStorage.getItem(MEMORY)) || {}; } catch { /* storage may be forbidden */ }
    this.query = typeof kept.query === "string" ? kept.query : "";
    this.column = COLUMNS.some(([key]) => key === kept.column) ? kept.column : "at";
    this.way = kept.way === "asc" ? "asc" : "desc";
  }

  remember() {
    const { query, column, way } = this;
    try { sessionStorage.setItem(MEMORY, JSON.stringify({ query, column, way })); } catch { /* likewise */ }
  }

  sortBy(column, way) {
    const first = DOWN_FIRST.has(column) ? "desc" : "asc";
    this.way = way || (column !== this.column ? first : this.way === "asc" ? "desc" : "asc");
    this.column = column;
    this.remember();
    this.draw();
    this.table.scrollTop = 0;
  }

  listed() {
    const words = this.query.toLowerCase().split(/\s+/).filter(Boolean);
    const found = words.length ? this.rows.filter((row) => { const all = Row.words(row); return words.every((word) => all.includes(word)); }) : [...this.rows];
    const by = { run: calledText, model: (row) => `${row.model}\n${row.target}`, state: (row) => row.label }[this.column];
    const sign = this.way === "asc" ? 1 : -1;
    const compare = by ? (a, b) => sign * COLLATOR.compare(by(a), by(b)) : (a, b) => {
      const [x, y] = [a.by[this.column], b.by[this.column]];
      if (x === null || y === null) return (x === null) - (y === null); // what has no value stands last either way
      return sign * (x - y);
    };
    return found.sort((a, b) => b.pinned - a.pinned || compare(a, b));
  }

  draw() {
    this.shown = this.listed();
    const part = this.shown.slice(0, this.limit);
    const focus = this.focused();
    const nodes = part.map((row) => this.node(row));
    const now = this.body.children;
    if (nodes.length !== now.length || nodes.some((node, at) => node !== now[at])) this.body.replaceChildren(...nodes);
    if (!part.length) this.body.replaceChildren(el("p", { class: "empty", text: "No run matches. Try fewer or other words." }));
    this.heading();
    this.paint();
    this.refocus(focus);
  }

  // The row's element: the same one as long as nothing in it has changed.
  node(row) {
    const made = JSON.stringify(row), known = this.nodes.get(row.id);
    if (known && known.made === made) return known.node;
    const node = Row.build(row);
    this.nodes.set(row.id, { node, made });
    return node;
  }

  heading() {
    const all = this.rows.length, found = this.shown.length;
    this.count.textContent = found === all ? "" : `${found.toLocaleString("en")} of ${all.toLocaleString("en")}`;
    this.order.value = `${this.column} ${this.way}`;
    for (const node of this.head.querySelectorAll("[data-column]")) {
      const on = node.dataset.column === this.column;
      node.setAttribute("aria-sort", on ? (this.way === "asc" ? "ascending" : "descending") : "none");
    }
  }

  paint() {
    for (const node of this.body.querySelectorAll(".run")) {
      const on = this.selected.has(node.dataset.id);
      node.classList.toggle("on", on);
      node.setAttribute("aria-selected", String(on));
      node.querySelector("[data-do=pick]").checked = on;
    }
    this.all.checked = this.shown.length > 0 && this.shown.every((row) => this.selected.has(row.id));
    this.all.indeterminate = !this.all.checked && this.selected.size > 0;
    const stop = this.stop();
    for (const node of this.body.querySelectorAll("[data-do]")) node.tabIndex = stop && stop.contains(node) ? 0 : -1;
  }

  // The row that Tab leads to: the arrow keys move on from there.
  stop() {
    const nodes = [...this.body.querySelectorAll(".run")];
    return nodes.find((node) => node.dataset.id === this.at) || nodes[0];
  }

  more() {
    const { table } = this;
    if (this.limit >= this.shown.length || table.scrollTop + table.clientHeight < table.scrollHeight - 600) return;
    this.limit += CHUNK;
    this.draw();
  }

  click(event) {
    const node = event.target.closest(".run[data-id]");
    if (!node) return;
    const id = node.dataset.id, what = event.target.closest("[data-do]")?.dataset.do;
    this.at = id;
    if (what === "open") return this.component.setTriggerValue("open", id);
    if (what === "pin") return this.component.setTriggerValue("pin", id);
    if (event.shiftKey && this.last) this.pickRange(id);
    else if (what === "pick" || event.ctrlKey || event.metaKey) this.toggle(id);
    else this.selected = new Set(this.selected.size === 1 && this.selected.has(id) ? [] : [id]);
    this.last = id;
    this.tell();
  }

  toggle(id) {
    if (!this.selected.delete(id)) this.selected.add(id);
  }

  pickRange(id) {
    const ids = this.shown.map((row) => row.id), [from, to] = [ids.indexOf(this.last), ids.indexOf(id)].sort((a, b) => a - b);
    for (const one of ids.slice(Math.max(0, from), to + 1)) this.selected.add(one);
  }

  pickAll() {
    for (const row of this.shown) if (this.all.checked) this.selected.add(row.id); else this.selected.delete(row.id);
    this.tell();
  }

  tell() {
    this.paint();
    this.component.setStateValue("selected", { turn: this.turn, ids: [...this.selected] });
  }

  key(event) {
    const { key, target } = event;
    if (key === "Escape") {
      if (target === this.search && this.query) { this.search.value = this.query = ""; this.remember(); return this.draw(); }
      if (this.selected.size) { this.selected.clear(); this.tell(); }
      return;
    }
    const node = target.closest?.(".run[data-id]");
    if (target === this.search && key === "ArrowDown") { event.preventDefault(); return this.go(this.body.firstElementChild, "open"); }
    if (!node || !/^(Arrow(Up|Down)|Home|End)$/.test(key)) return;
    event.preventDefault();
    const next = { ArrowUp: node.previousElementSibling, ArrowDown: node.nextElementSibling, Home: this.body.firstElementChild, End: this.body.lastElementChild }[key];
    this.go(next, target.dataset.do);
  }

  go(node, what) {
    if (!node?.dataset.id) return;
    this.at = node.dataset.id;
    this.paint();
    node.querySelector(`[data-do=${what}]`).focus();
  }

  focused() {
    const active = this.root.getRootNode().activeElement;
    const node = active?.closest?.(".run[data-id]");
    return node && this.body.contains(node) ? { id: node.dataset.id, what: active.dataset.do, node: active } : null;
  }

  refocus(focus) {
    if (!focus || focus.node === this.root.getRootNode().activeElement) return;
    this.nodes.get(focus.id)?.node.querySelector(`[data-do=${focus.what}]`)?.focus({ preventScroll: true });
  }
}

export default function (component) {
  const { parentElement } = component;
  let list = LISTS.get(parentElement);
  if (!list) {
    list = new RunsList(parentElement);
    LISTS.set(parentElement, list);
  }
  list.update(component);
  return () => {
    list.root.remove();
    LISTS.delete(parentElement);
  };
}
