// Two inputs and the table of what differs, with one linked selection.

import { el } from "../common/dom.js";
import { beside, MOVES, rove } from "../common/keys.js";
import { unsigned } from "../common/numbers.js";
import { Tips } from "../common/tips.js";
import * as Heatmap from "../explorer/heatmap.js";
import { saveControl } from "../explorer/saving.js";
import { moveAmong } from "../explorer/segments.js";
import * as Changes from "./changes.js";
import { isSame, lightOf } from "./light.js";
import * as Side from "./side.js";
import { LETTERS } from "./side.js";
import * as Verdict from "./verdict.js";

export class Compare {
  constructor(parent) {
    this.root = el("div", { class: "sx cmp", "data-testid": "comparison" });
    parent.append(this.root);
    this.root.onclick = (event) => this.click(event);
    this.root.onmouseover = (event) => this.point(event);
    this.root.onmouseleave = () => this.hover(null);
    this.root.onfocusin = (event) => this.point(event);
    this.tips = new Tips(this.root);
    this.root.onkeydown = (event) => this.key(event);
  }

  remove() {
    this.root.remove();
  }

  update(component) {
    const data = component.data[0]; // in a list: see comparison.py
    if (this.data && this.data.key === data.key) return;
    this.data = data;
    this.state = { ...Changes.freshFilters(this.state), selection: null, hover: null };
    this.build();
  }

  build() {
    const { data } = this;
    this.views = [0, 1].map((at) => Side.view(data, at));
    const sides = this.views.map((view) => Side.build(view, data.shared));
    this.root.replaceChildren(
      Verdict.build(data.verdict),
      ...(data.problems.length ? [this.problems()] : []),
      this.legend(),
      el("div", { class: "sides" }, sides),
      ...(data.comparable ? [Changes.build(this)] : []),
      saveControl(this, "comparison", "Comparison", () => [...this.root.querySelectorAll(":scope > :not(.save)")]),
    );
    if (data.comparable) Changes.fill(this);
    else {
      this.collect();
      this.paint();
    }
  }

  problems() {
    const { problems, shared } = this.data;
    const own = " Each side keeps a colour scale of its own; the colours of A and B cannot be compared.";
    return el(
      "div",
      { class: "apart", role: "alert", "data-testid": "problems" },
      problems.map((text) => el("p", { text })),
      el("p", { class: "faint", text: `So no list of differences is made.${shared ? "" : own}` }),
    );
  }

  legend() {
    const { data } = this;
    const [a, b] = data.sides;
    const box = data.shared ? Heatmap.legend({ data: a, rowByNumber: new Map() }) : el("div", { class: "legend" });
    if (data.shared) box.append(scaleNode(a));
    if (a.only.length) box.append(sample("taken-out", "only in A"));
    if (b.only.length) box.append(sample("put-in", "only in B"));
    if (data.rows.some((row) => row.number))
      box.append(el("span", { class: "faint", text: "same number = one row of the table below" }));
    return box;
  }

  // What stands below a picture of it.
  get caption() {
    const { data } = this;
    const trust = data.sides.map((side, at) => `${LETTERS[at]} ${side.trust.value}`).join(", ");
    const order = data.order ? `, order ≤ ${data.order}` : "";
    const inputs = data.sides.map((side, at) => `${LETTERS[at]}: ${side.labels.slice(0, 12).join(" ")}`);
    return { heading: inputs.join(" · "), foot: `${trust} · index ${data.index_title}${order} · SPEX Explorer` };
  }

  collect() {
    this.rowNodes = [...this.root.querySelectorAll("[data-row]")];
    this.refs = [...this.root.querySelectorAll(".verdict .ref")];
  }

  paint() {
    const on = lightOf(this.data, this.state.selection);
    const over = lightOf(this.data, this.state.hover);
    this.views.forEach(({ words }, at) => {
      words.forEach((node, f) => {
        node.classList.toggle("on", on.words[at].has(f));
        node.classList.toggle("hov", over.words[at].has(f));
        node.setAttribute("aria-pressed", String(on.words[at].has(f)));
      });
    });
    for (const node of this.refs) {
      const named = this.target(node);
      node.classList.toggle("on", isSame(named, this.state.selection));
      node.classList.toggle("hov", isSame(named, this.state.hover));
      node.setAttribute("aria-pressed", String(isSame(named, this.state.selection)));
    }
    for (const node of this.rowNodes) {
      const at = Number(node.dataset.row);
      node.classList.toggle("on", on.rows.has(at));
      node.classList.toggle("near", on.near.has(at));
      node.classList.toggle("hov", over.rows.has(at) || over.near.has(at));
      node.setAttribute("aria-selected", String(on.rows.has(at)));
    }
  }

  // What a node stands for: words that the verdict names, a row, a badge's row, or a word of one side.
  target(node) {
    const named = node.closest(".verdict .ref");
    if (named) return { features: JSON.parse(named.dataset.features) };
    const row = node.closest("[data-row]");
    if (row) return { row: Number(row.dataset.row) };
    const badge = node.closest(".tray .badge");
    if (badge) return { row: this.data.rows.findIndex((known) => known.number === Number(badge.dataset.n)) };
    const word = node.closest("[data-i]");
    if (!word) return null;
    return { side: node.closest(".side").dataset.testid === "side-b" ? 1 : 0, feature: Number(word.dataset.i) };
  }

  hover(target) {
    if (isSame(target, this.state?.hover)) return;
    this.state.hover = target;
    this.paint();
  }

  point(event) {
    if (this.data) this.hover(this.target(event.target));
  }

  click(event) {
    const target = this.target(event.target);
    if (target) this.select(target);
  }

  select(target) {
    const same = isSame(target, this.state.selection);
    this.state.selection = same ? null : target;
    this.paint();
    if (same) return;
    const { words } = lightOf(this.data, target);
    this.views.forEach((view, at) => {
      if (target.side !== at) Side.show(view, [...words[at]]);
    });
  }

  key(event) {
    const { key, target } = event;
    if (key === "Escape") {
      this.state.selection = null;
      this.paint();
    } else if ((key === "Enter" || key === " ") && !target.matches("button") && this.target(target)) {
      event.preventDefault();
      this.select(this.target(target));
    } else if (MOVES.test(key)) {
      const next = this.neighbour(target, key);
      if (!next) return;
      event.preventDefault();
      rove(target, next);
    }
  }

  neighbour(target, key) {
    if (target.matches(".patch")) return this.patch(target, key);
    if (target.matches(".w")) {
      const view = this.views[this.target(target).side];
      return view.words[Heatmap.move(view, Number(target.dataset.i), key)];
    }
    const list = target.closest(".grid, .chips");
    return list ? beside([...list.querySelectorAll("[tabindex], button")], target, key) : null;
  }

  patch(target, key) {
    const view = this.views[this.target(target).side];
    const { columns, patches, segments } = view.data.picture;
    const at = Number(target.dataset.i);
    if (segments) return view.words[moveAmong(segments.seats, at, key)];
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    const to = { Home: 0, End: patches - 1 }[key] ?? at + step[key];
    return to >= 0 && to < patches ? view.words[to] : null;
  }
}

function scaleNode(side) {
  const end = unsigned(side.heat.largest);
  const title = "Average effect of one feature; the colour grows with its square root";
  const props = { class: "scale", "data-testid": "scale", title };
  return el("span", props, `−${end}`, el("i", { class: "ramp2" }), `+${end} ${side.unit}, one scale for both`);
}

function sample(name, text) {
  return el("span", null, el("i", { class: `sample ${name}`, text: "word" }), el("span", { text }));
}
