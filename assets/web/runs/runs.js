// The list of runs: search, order and selection live in the browser; Python hears of the selection and of what to open.

import { tell } from "../common/calm.js";
import { el } from "../common/dom.js";
import { ascending, counted } from "../common/numbers.js";
import { COLUMNS, firstWay, isColumn, listed, ways } from "./order.js";
import { rowNode } from "./rows.js";

const MEMORY = "spex-runs"; // search and order, kept for this tab
const CHUNK = 100; // rows drawn at first and more at a time, as they are scrolled to
const EARLY = 600; // px from the end, at which more are drawn

export class RunsList {
  constructor(parent) {
    this.nodes = new Map(); // id -> {node, made}
    this.selected = new Set();
    this.limit = CHUNK;
    this.recall();
    this.root = el("div", { class: "sx runs", "data-testid": "runs" });
    this.root.append(this.buildTools(), this.buildTable());
    this.root.onclick = (event) => this.click(event);
    this.root.onkeydown = (event) => this.key(event);
    parent.append(this.root);
  }

  remove() {
    this.root.remove();
  }

  buildTools() {
    this.search = el("input", {
      class: "field",
      type: "search",
      placeholder: "Search input, name, model, target …",
      "aria-label": "Search runs",
      value: this.query,
      oninput: () => {
        this.query = this.search.value;
        this.limit = CHUNK;
        this.remember();
        this.draw();
      },
    });
    const options = COLUMNS.flatMap((column) =>
      Object.entries(ways(column)).map(([way, text]) => el("option", { value: `${column.key} ${way}`, text })),
    );
    const onchange = () => this.sortBy(...this.order.value.split(" "));
    this.order = el("select", { class: "field order", "aria-label": "Order", onchange }, options);
    this.count = el("span", { class: "faint", role: "status", "data-testid": "runs-count" });
    return el("div", { class: "tools" }, this.search, this.order, this.count);
  }

  buildTable() {
    this.all = el("input", {
      type: "checkbox",
      "aria-label": "Select all that are listed",
      onchange: () => this.pickAll(),
    });
    const heading = ({ key, title, place }) => {
      const sort = el("button", { type: "button", class: "sort", text: title, onclick: () => this.sortBy(key) });
      return el("div", { class: `cell ${place}`, role: "columnheader", "data-column": key }, sort);
    };
    this.head = el(
      "div",
      { class: "run headings", role: "row" },
      el("div", { class: "cell pick", role: "columnheader" }, this.all),
      COLUMNS.map(heading),
      el("div", { class: "cell keep", role: "columnheader", "aria-label": "Pinned" }),
    );
    this.body = el("div", { role: "rowgroup" });
    this.table = el(
      "div",
      {
        class: "table",
        role: "grid",
        "aria-label": "Runs",
        "aria-multiselectable": "true",
        onscroll: () => this.more(),
      },
      el("div", { role: "rowgroup", class: "head-group" }, this.head),
      this.body,
    );
    return this.table;
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
    try {
      kept = JSON.parse(sessionStorage.getItem(MEMORY)) || {};
    } catch {
      // storage may be forbidden
    }
    this.query = typeof kept.query === "string" ? kept.query : "";
    this.column = isColumn(kept.column) ? kept.column : "at";
    this.way = kept.way === "asc" ? "asc" : "desc";
  }

  remember() {
    const { query, column, way } = this;
    try {
      sessionStorage.setItem(MEMORY, JSON.stringify({ query, column, way }));
    } catch {
      // likewise
    }
  }

  // By a column, in the given way or, as it is chosen again, the other way round.
  sortBy(column, way) {
    const other = this.way === "asc" ? "desc" : "asc";
    this.way = way || (column === this.column ? other : firstWay(column));
    this.column = column;
    this.remember();
    this.draw();
    this.table.scrollTop = 0;
  }

  draw() {
    this.shown = listed(this.rows, this.query, this.column, this.way);
    const focus = this.focused();
    const nodes = this.shown.slice(0, this.limit).map((row) => this.node(row));
    const now = this.body.children;
    const changed = nodes.length !== now.length || nodes.some((node, at) => node !== now[at]);
    if (changed) this.body.replaceChildren(...nodes);
    if (!nodes.length)
      this.body.replaceChildren(el("p", { class: "empty", text: "No run matches. Try fewer or other words." }));
    this.heading();
    this.paint();
    this.refocus(focus);
  }

  // The row's element: the same one as long as nothing in it has changed.
  node(row) {
    const made = JSON.stringify(row);
    const known = this.nodes.get(row.id);
    if (known && known.made === made) return known.node;
    const node = rowNode(row);
    this.nodes.set(row.id, { node, made });
    return node;
  }

  heading() {
    const all = this.rows.length;
    const found = this.shown.length;
    this.count.textContent = found === all ? "" : `${counted(found)} of ${counted(all)}`;
    this.order.value = `${this.column} ${this.way}`;
    const sorted = this.way === "asc" ? "ascending" : "descending";
    for (const node of this.head.querySelectorAll("[data-column]"))
      node.setAttribute("aria-sort", node.dataset.column === this.column ? sorted : "none");
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
    for (const node of this.body.querySelectorAll("[data-do]")) node.tabIndex = stop?.contains(node) ? 0 : -1;
  }

  // The row that Tab leads to: the arrow keys move on from there.
  stop() {
    const nodes = [...this.body.querySelectorAll(".run")];
    return nodes.find((node) => node.dataset.id === this.at) || nodes[0];
  }

  more() {
    const { scrollTop, clientHeight, scrollHeight } = this.table;
    if (this.limit >= this.shown.length || scrollTop + clientHeight < scrollHeight - EARLY) return;
    this.limit += CHUNK;
    this.draw();
  }

  click(event) {
    const node = event.target.closest(".run[data-id]");
    if (!node) return;
    const { id } = node.dataset;
    const what = event.target.closest("[data-do]")?.dataset.do;
    this.at = id;
    if (what === "open" || what === "pin") {
      tell(this.root, () => this.component.setTriggerValue(what, id));
      return;
    }
    if (event.shiftKey && this.last) this.pickRange(id);
    else if (what === "pick" || event.ctrlKey || event.metaKey) this.toggle(id);
    else this.selected = new Set(this.selected.size === 1 && this.selected.has(id) ? [] : [id]);
    this.last = id;
    this.tell();
  }

  toggle(id) {
    if (!this.selected.delete(id)) this.selected.add(id);
  }

  // From the run that was clicked last to this one.
  pickRange(id) {
    const ids = this.shown.map((row) => row.id);
    const [from, to] = ascending([ids.indexOf(this.last), ids.indexOf(id)]);
    for (const one of ids.slice(Math.max(0, from), to + 1)) this.selected.add(one);
  }

  pickAll() {
    for (const row of this.shown)
      if (this.all.checked) this.selected.add(row.id);
      else this.selected.delete(row.id);
    this.tell();
  }

  tell() {
    this.paint();
    const chosen = { turn: this.turn, ids: [...this.selected] };
    tell(this.root, () => this.component.setStateValue("selected", chosen));
  }

  key(event) {
    const { key, target } = event;
    if (key === "Escape") {
      this.letGo(target);
      return;
    }
    if (target === this.search && key === "ArrowDown") {
      event.preventDefault();
      this.go(this.body.firstElementChild, "open");
      return;
    }
    const node = target.closest?.(".run[data-id]");
    if (!node || !/^(Arrow(Up|Down)|Home|End)$/.test(key)) return;
    event.preventDefault();
    const next = {
      ArrowUp: node.previousElementSibling,
      ArrowDown: node.nextElementSibling,
      Home: this.body.firstElementChild,
      End: this.body.lastElementChild,
    };
    this.go(next[key], target.dataset.do);
  }

  // Of the search, else of the selection.
  letGo(target) {
    if (target === this.search && this.query) {
      this.search.value = "";
      this.query = "";
      this.remember();
      this.draw();
    } else if (this.selected.size) {
      this.selected.clear();
      this.tell();
    }
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
    const node = this.nodes.get(focus.id)?.node.querySelector(`[data-do=${focus.what}]`);
    node?.focus({ preventScroll: true });
  }
}
