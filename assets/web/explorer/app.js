// The explorer: builds the parts once per result, paints them on every click, keeps what a person chose.

import { putOffTelling, tell } from "../common/calm.js";
import { el } from "../common/dom.js";
import { featuresOf, keyOf } from "../common/features.js";
import { ascending } from "../common/numbers.js";
import { Tips } from "../common/tips.js";
import * as Answer from "./answer.js";
import * as Arcs from "./arcs.js";
import * as Cards from "./cards.js";
import * as Cutouts from "./cutouts.js";
import { erase } from "./erasing.js";
import * as Filters from "./filters.js";
import * as Heatmap from "./heatmap.js";
import { press } from "./keyboard.js";
import * as Marks from "./marks.js";
import { passing } from "./passing.js";
import * as Patches from "./patches.js";
import * as PictureLayout from "./picture_layout.js";
import { saveControl } from "./saving.js";
import * as Sections from "./sections.js";
import { resolve, select, settle, stateFor, toggleHidden, writeAddress } from "./state.js";
import * as Table from "./table.js";
import * as Tabs from "./tabs.js";
import * as Thumbs from "./thumbs.js";
import * as Trust from "./trust.js";
import * as TryIt from "./tryit.js";
import { Views } from "./views.js";

const SOON = 400; // ms until Python hears of the selection and of hidden words, so that they outlive the page
const WIDE = 2.4; // width over height, from which a picture stands above its table
const LEVEL = 90; // px: columns that differ by less end on one line

export class App {
  constructor(parent) {
    this.root = el("div", { class: "sx", "data-testid": "explorer" });
    parent.append(this.root);
    // Shift-click hides a word; without this it would also mark the text in between.
    // (A handler that returns false prevents the default, focus included, so this one returns nothing.)
    this.root.onmousedown = (event) => {
      if (event.shiftKey && event.target.closest("[data-f]")) event.preventDefault();
    };
    this.root.onclick = (event) => this.click(event);
    this.root.onmouseover = (event) => this.point(event);
    this.root.onmouseleave = () => this.hover(null);
    this.root.onfocusin = (event) => this.point(event);
    this.root.onkeydown = (event) => press(this, event);
    this.tips = new Tips(this.root);
    this.told = {};
    this.views = new Views();
    this.asked = new Set();
    this.mirror = putOffTelling(this.root, SOON, () => {
      this.tell("selection", this.state.selection);
      this.tell("hidden", ascending(this.state.hidden));
    });
    this.width = 0;
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.root);
  }

  resize() {
    const width = this.root.clientWidth;
    if (!width || Math.abs(width - this.width) < 2) return;
    this.width = width;
    requestAnimationFrame(() => this.data && this.redraw());
  }

  remove() {
    this.observer.disconnect();
    this.root.remove();
  }

  // New data: rebuild where a view changed, else only take over what came back from the model.
  update(component) {
    this.component = component;
    const old = this.data;
    this.data = this.views.receive(component.data[0]); // in a list: see explorer.py
    this.state = stateFor(this.data);
    const other = !old || old.run !== this.data.run;
    if (other) this.told = { selection: keyOf(this.data.selection), hidden: keyOf(this.data.hidden) };
    TryIt.receive(this);
    if (other || old.revision !== this.data.revision) this.build();
    Answer.live(this);
    this.paintHidden();
  }

  // Another index or order: from what is here already, else as soon as Python sends it.
  choose(name, value) {
    const { index, order, scale, table } = this.data;
    this.state.before = { index, order, scale, title: Filters.titleOf(this.data), rows: table.rows };
    const view = this.views.choose(this.data, name, value);
    if (view) {
      this.data = view;
      this.build();
      this.paintHidden();
      writeAddress(this);
    }
    this.send(name, value);
  }

  // Somebody is about to choose: the views there are to choose from are sent for.
  foresee(kind) {
    const { estimate, index, order } = this.data;
    const key = [estimate, kind, kind === "index" ? order : index].join(" ");
    if (this.asked.has(key) || this.data.live) return;
    this.asked.add(key);
    this.fire("ahead", kind);
  }

  send(name, value) {
    tell(this.root, () => this.component.setStateValue(name, value));
  }

  tell(name, features) {
    if ((this.told[name] || "") === keyOf(features)) return;
    this.told[name] = keyOf(features);
    this.send(name, features);
  }

  fire(name, value) {
    tell(this.root, () => this.component.setTriggerValue(name, value));
  }

  build() {
    const { data } = this;
    this.findRows();
    const focus = this.focused();
    this.root.dataset.size = data.size;
    this.root.dataset.kind = data.kind;
    const input = this.buildInput();
    const ranked = Table.build(this);
    const top = el("div", { class: "top" }, Answer.build(this), Trust.build(this));
    this.root.replaceChildren(top, ...this.arrange(input, ranked));
    this.fillPassages();
    Thumbs.illustrate(this, top);
    Table.fill(this);
    this.redraw();
    this.refocus(focus);
  }

  // Rows by their members, by their number and by each member.
  findRows() {
    const { rows } = this.data.table;
    this.rowByKey = new Map(rows.map((row) => [keyOf(row.features), row]));
    this.rowByNumber = new Map(rows.filter((row) => row.number).map((row) => [row.number, row]));
    this.rowsOf = Array.from({ length: this.data.n }, () => []);
    for (const row of rows) for (const f of row.features) this.rowsOf[f].push(row);
    settle(this);
    this.filter();
  }

  filter() {
    this.passing = passing(this);
    this.badges = this.passing.badges;
  }

  // The card with the text or the picture, and Try it.
  buildInput() {
    const { data } = this;
    const title = data.size === "large" ? "Passages" : "Input";
    const head = data.picture
      ? PictureLayout.head(this)
      : el("div", { class: "head" }, el("h3", { text: title }), Heatmap.legend(this));
    this.heatSlot = el("div", { class: "heat-slot" });
    const small = data.size === "small";
    this.inlineSheet = small ? el("div", { class: "inline-sheet", "data-testid": "panel-score" }) : null;
    const cut = data.picture?.segments ? "Segments" : "Patches";
    const [file, named] = data.picture ? ["picture", cut] : ["heatmap", "Input"];
    const pictures = () => [this.passages.querySelector(".legend"), this.heatBox];
    const saving = saveControl(this, file, named, pictures);
    if (!data.picture && this.rowByNumber.size) saving.prepend(Arcs.control(this), " · ");
    const props = { class: `card input${data.picture ? " picture-card" : ""}` };
    const trial = TryIt.build(this);
    const beside = !small && !data.picture; // of a longer text Try it stays in sight as the text scrolls
    this.trial = beside ? el("section", { class: "card trial" }, trial) : null;
    this.passages = el("section", props, head, this.heatSlot, saving, this.inlineSheet, beside ? null : trial);
    return this.passages;
  }

  // What stands beside what: a small input over the whole width, as nothing else needs the room; below a longer one the
  // pictures, so that no half of the page stays empty.
  arrange(input, ranked) {
    const { data } = this;
    const pair = (...parts) => el("div", { class: "pair" }, parts);
    const stack = (...parts) => el("div", { class: "stack" }, parts);
    if (data.picture) return this.arrangePicture(input, ranked, pair, stack);
    if (data.size === "small") return [input, pair(ranked, Tabs.build(this))];
    const side = el("div", { class: "stack side" }, this.trial, ranked);
    const read = pair(stack(input, Tabs.build(this)), side);
    return data.size === "large" ? [pair(Sections.build(this), Cards.build(this)), read] : [read];
  }

  // A picture stands beside the table and the cut-outs; a very wide one above them.
  arrangePicture(input, ranked, pair, stack) {
    const { width, height } = this.data.picture;
    const cutouts = Cutouts.build(this);
    const tabs = Tabs.build(this);
    input.classList.toggle("tall-picture", height > width);
    if (width / height > WIDE) return [input, pair(ranked, cutouts), tabs];
    return [pair(stack(input, tabs), stack(ranked, cutouts))];
  }

  // The two columns end on one line where little is missing.
  level() {
    const pair = this.root.querySelector(".pair");
    const [left, right] = pair.children;
    pair.classList.remove("level");
    pair.classList.toggle("level", Math.abs(right.offsetHeight - left.offsetHeight) < LEVEL);
  }

  fillPassages() {
    const { data } = this;
    if (data.picture) this.heatSlot.replaceChildren(Patches.build(this));
    else if (data.size === "large") {
      const passages = Heatmap.build(this, Sections.ranges(this));
      this.heatSlot.replaceChildren(Sections.chips(this), passages);
    } else this.heatSlot.replaceChildren(Heatmap.build(this, [[0, data.n]]));
  }

  rebuildPassages() {
    this.fillPassages();
    this.collect();
    this.paintHidden();
  }

  // Everything that depends on width, filters or the open tab.
  redraw() {
    Thumbs.paint(this);
    Tabs.draw(this);
    if (this.data.size === "large") {
      Sections.draw(this);
      Cards.draw(this);
    }
    if (this.data.picture) {
      PictureLayout.layout(this);
      Cutouts.draw(this);
      this.level();
    }
    this.collect();
    this.paint();
  }

  refilter() {
    this.filter();
    this.rebadge();
    Table.fill(this);
    this.redraw();
  }

  // Badges and colours are those of what the filters let through.
  rebadge() {
    const { muted } = this.passing;
    const first = this.data.picture ? this.data.picture.patches : 0;
    this.words.forEach((node, f) => {
      if (f >= first) Heatmap.badge(this, f);
      for (const each of [node, this.seats?.[f], this.shades?.[f]]) each?.classList.toggle("muted", muted.has(f));
    });
  }

  collect() {
    this.marks = Marks.collect(this.root);
  }

  paint() {
    const lit = resolve(this, this.state.selection);
    const over = resolve(this, this.state.hover);
    Marks.paint(this.marks, lit, over);
    this.root.classList.toggle("has-selection", lit.words.size > 0);
    Arcs.drawArcs(this);
    if (this.data.size === "large") Sections.paint(this, lit, over);
    TryIt.paint(this);
  }

  paintHidden() {
    writeAddress(this);
    const { hidden, hiding } = this.state;
    this.words.forEach((node, f) => {
      node?.classList.toggle("hidden-word", hidden.has(f));
    });
    if (this.data.picture) erase(this);
    this.root.classList.toggle("hiding", hiding);
    this.paint();
  }

  hover(features) {
    if (keyOf(features || []) === keyOf(this.state.hover || [])) return;
    this.state.hover = features;
    this.paint();
  }

  point(event) {
    const mark = event.target.closest("[data-f]");
    this.hover(mark ? featuresOf(mark.dataset.f) : null);
    const cell = event.target.closest("[data-cell]");
    if (cell) Sections.describe(this, cell.dataset.cell);
  }

  click(event) {
    const { target, shiftKey } = event;
    const cell = target.closest("[data-cell]");
    const section = target.closest("[data-section]");
    const mark = target.closest("[data-f]");
    if (cell) Sections.open(this, ascending(new Set(cell.dataset.cell.split(",").map(Number))));
    else if (section) Sections.open(this, [Number(section.dataset.section)]);
    else if (mark) this.act(mark, shiftKey);
  }

  act(mark, shift) {
    const features = featuresOf(mark.dataset.f);
    if (shift || (mark.dataset.mark === "word" && this.state.hiding)) {
      toggleHidden(this, features);
      return;
    }
    select(this, features);
    const chosen = keyOf(this.state.selection) === keyOf(features);
    if (this.data.size !== "large" || features.length < 2 || !chosen) return;
    this.state.open = Sections.homes(this, features);
    this.rebuildPassages();
  }

  focused() {
    const active = this.root.getRootNode().activeElement;
    return active && this.root.contains(active) ? active.dataset.testid : null;
  }

  refocus(testid) {
    const node = testid && this.root.querySelector(`[data-testid="${CSS.escape(testid)}"]`);
    if (node) node.focus({ preventScroll: true });
  }
}
