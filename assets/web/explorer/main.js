// The component: builds the parts once per result, paints them on every click, keeps what a person chose.

const APPS = new WeakMap();
const TABS = [["score", "Score sheet"], ["graph", "Graph"], ["matrix", "Pair matrix"], ["energy", "Energy by order"], ["data", "Data"]];

class App {
  constructor(parent) {
    this.root = el("div", { class: "sx", "data-testid": "explorer" });
    parent.append(this.root);
    // Shift-click hides a word; without this it would also mark the text in between.
    // (A handler that returns false prevents the default, focus included, so this one returns nothing.)
    this.root.onmousedown = (event) => { if (event.shiftKey && event.target.closest("[data-f]")) event.preventDefault(); };
    this.root.onclick = (event) => this.click(event);
    this.root.onmouseover = (event) => this.point(event);
    this.root.onmouseleave = () => this.hover(null);
    this.root.onfocusin = (event) => this.point(event);
    this.root.onkeydown = (event) => this.key(event);
    // Python hears of the selection and of hidden words a little later, so that they outlive the page.
    this.told = {};
    this.mirror = later(400, () => {
      this.tell("selection", this.state.selection);
      this.tell("hidden", [...this.state.hidden].sort((a, b) => a - b));
    });
    this.width = 0;
    this.observer = new ResizeObserver(() => {
      const width = this.root.clientWidth;
      if (!width || Math.abs(width - this.width) < 2) return;
      this.width = width;
      requestAnimationFrame(() => this.data && this.redraw());
    });
    this.observer.observe(this.root);
  }

  // New data: rebuild where a view changed, else only take over what came back from the model.
  update(component) {
    this.component = component;
    const old = this.data;
    this.data = component.data[0]; // in a list: see explorer.py
    this.state = stateFor(this.data);
    if (!old || old.run !== this.data.run) this.told = { selection: keyOf(this.data.selection), hidden: keyOf(this.data.hidden) };
    TryIt.receive(this);
    if (!old || old.revision !== this.data.revision || old.run !== this.data.run) this.build();
    Answer.live(this);
    this.paintHidden();
    writeAddress(this);
  }

  send(name, value) { this.component.setStateValue(name, value); }
  tell(name, features) {
    if ((this.told[name] || "") === keyOf(features)) return;
    this.told[name] = keyOf(features);
    this.send(name, features);
  }
  fire(name, value) { this.component.setTriggerValue(name, value); }

  build() {
    const { data, state } = this;
    this.rowByKey = new Map(data.table.rows.map((row) => [keyOf(row.features), row]));
    this.rowByNumber = new Map(data.table.rows.filter((row) => row.number).map((row) => [row.number, row]));
    this.rowsOf = Array.from({ length: data.n }, () => []);
    for (const row of data.table.rows) for (const f of row.features) this.rowsOf[f].push(row);
    if (state.orders !== "all" && !data.table.rows.some((row) => (state.orders === "joint" ? row.order > 1 : row.order === state.orders))) state.orders = "all";
    const focus = this.focused();
    const text = el("section", { class: `card input${data.picture ? " picture-card" : ""}` }, data.picture ? Picture.head(this)
      : el("div", { class: "head" }, el("h3", { text: data.size === "large" ? "Passages" : "Input" }), Heatmap.legend(this)));
    const ranked = Table.build(this);
    this.passages = text;
    this.heatSlot = el("div", { class: "heat-slot" });
    text.append(this.heatSlot, Saving.control(this, data.picture ? "picture" : "heatmap", data.picture ? "Patches" : "Input", () => [text.querySelector(".legend"), this.heatBox]));
    if (data.size === "small") {
      this.inlineSheet = el("div", { class: "inline-sheet", "data-testid": "panel-score" });
      text.append(this.inlineSheet);
    } else this.inlineSheet = null;
    text.append(TryIt.build(this));
    const parts = [el("div", { class: "top" }, Answer.build(this), Answer.trust(this))];
    if (data.size === "large") parts.push(el("div", { class: "pair" }, Sections.build(this), Sections.cards(this)));
    // Small inputs: sentence and score sheet over the whole width, as nothing else needs the room.
    if (data.picture) parts.push(...this.arrange(text, ranked), this.buildTabs());
    else if (data.size === "small") parts.push(text, el("div", { class: "pair" }, ranked, this.buildTabs()));
    else parts.push(el("div", { class: "pair" }, text, ranked), this.buildTabs());
    this.root.dataset.size = data.size;
    this.root.dataset.kind = data.kind;
    this.root.replaceChildren(...parts);
    this.fillPassages();
    Table.fill(this);
    this.redraw();
    this.refocus(focus);
  }

  // A picture stands beside the table and the cut-outs; a very wide one above them.
  arrange(text, ranked) {
    const { width, height } = this.data.picture;
    const cutouts = Cutouts.build(this);
    text.classList.toggle("tall-picture", height > width);
    if (width / height > 2.4) return [text, el("div", { class: "pair" }, ranked, cutouts)];
    return [el("div", { class: "pair" }, text, el("div", { class: "stack" }, ranked, cutouts))];
  }

  // The two columns end on one line where little is missing.
  level() {
    const pair = this.root.querySelector(".pair"), [left, right] = pair.children;
    pair.classList.remove("level");
    pair.classList.toggle("level", Math.abs(right.offsetHeight - left.offsetHeight) < 90);
  }

  fillPassages() {
    const { data } = this;
    if (data.picture) return this.heatSlot.replaceChildren(Picture.build(this));
    const ranges = data.size === "large" ? Sections.ranges(this) : [[0, data.n]];
    const nodes = [Heatmap.build(this, ranges)];
    if (data.size === "large") nodes.unshift(el("div", { class: "chips sections", role: "group", "aria-label": "Open sections" },
      data.overview.sections.map((section, at) => el("button", { class: "chip", type: "button", text: Sections.name(at), title: section.opening, "data-section": at, "data-testid": `open-${at}`,
        "aria-pressed": String(this.state.open === "all" || Sections.opened(this).includes(at)) })),
      el("button", { class: "chip", type: "button", text: "whole text", "data-testid": "open-all", "aria-pressed": String(this.state.open === "all"), onclick: () => Sections.open(this, "all") })));
    this.heatSlot.replaceChildren(...nodes);
  }

  rebuildPassages() {
    this.fillPassages();
    this.collect();
    this.paintHidden();
  }

  buildTabs() {
    const { data, state } = this;
    const tabs = TABS.filter(([name]) => data.size !== "small" || name !== "score");
    if (!tabs.some(([name]) => name === state.tab)) state.tab = tabs[0][0];
    this.tabs = tabs.map(([name, title]) => el("button", { class: "tab", type: "button", role: "tab", id: `tab-${name}`, "data-tab": name, "data-testid": `tab-${name}`, text: title,
      onclick: () => { state.tab = name; this.redraw(); } }));
    this.panel = el("div", { class: "card panel", role: "tabpanel" });
    return el("section", { class: "more-views" }, el("div", { class: "tabs", role: "tablist", "aria-label": "More pictures" }, this.tabs), this.panel);
  }

  // Everything that depends on width, filters or the open tab.
  redraw() {
    const { state } = this;
    for (const tab of this.tabs) {
      const on = tab.dataset.tab === state.tab;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
    }
    const part = { score: ScoreSheet, graph: Graph, matrix: Matrix, energy: Energy, data: DataTab }[state.tab];
    this.panel.dataset.testid = `panel-${state.tab}`;
    this.panel.setAttribute("aria-labelledby", `tab-${state.tab}`);
    this.fillPanel(this.panel, part, state.tab, (this.panel.clientWidth || 900) - 32);
    if (this.inlineSheet) {
      this.inlineSheet.replaceChildren();
      if (this.rowByNumber.size) this.fillPanel(this.inlineSheet, ScoreSheet, "score", (this.inlineSheet.clientWidth || 600) - 4);
    }
    if (this.data.size === "large") Sections.draw(this);
    if (this.data.picture) { Picture.layout(this); Cutouts.draw(this); this.level(); }
    this.collect();
    this.paint();
  }

  // One of the pictures below, with what saves it.
  fillPanel(panel, part, name, width) {
    const view = part.build(this, width);
    panel.replaceChildren(view);
    const [, title] = TABS.find(([tab]) => tab === name);
    if (name !== "data" && !view.matches(".empty")) panel.append(Saving.control(this, name, title, () => [panel.querySelector("svg, .energy")]));
  }

  refilter() {
    Table.fill(this);
    this.redraw();
  }

  // Everything that lights up, with what it stands for.
  collect() {
    this.marks = [...this.root.querySelectorAll("[data-mark]")].map((node) => ({ node, kind: node.dataset.mark, key: node.dataset.f, features: featuresOf(node.dataset.f) }));
  }

  paint() {
    const lit = resolve(this, this.state.selection), over = resolve(this, this.state.hover);
    const stands = (mark, light) => {
      if (!light.words.size) return "";
      if (mark.kind === "word") return light.words.has(mark.features[0]) ? "on" : light.near.has(mark.features[0]) ? "near" : "";
      if (mark.kind === "pair") return light.words.size > 1 && mark.features.every((f) => light.words.has(f)) ? "on" : "";
      if (mark.kind === "ref" && mark.features.length === 1) return light.words.has(mark.features[0]) ? "on" : "";
      return light.keys.has(mark.key) ? (light.exact || light.words.size === 1 && mark.features.length === 1 ? "on" : "near") : "";
    };
    for (const mark of this.marks) {
      const on = stands(mark, lit), hov = stands(mark, over);
      if (mark.painted === on + "/" + hov) continue;
      mark.painted = on + "/" + hov;
      const { classList } = mark.node;
      classList.toggle("on", on === "on");
      classList.toggle("near", on === "near");
      classList.toggle("hov", hov === "on");
      classList.toggle("hov-near", hov === "near");
      const attribute = mark.node.getAttribute("role") === "row" ? "aria-selected" : "aria-pressed";
      if (mark.node.hasAttribute(attribute)) mark.node.setAttribute(attribute, String(on !== ""));
    }
    this.root.classList.toggle("has-selection", lit.words.size > 0);
    Heatmap.drawArcs(this);
    if (this.data.size === "large") Sections.paint(this, lit, over);
    TryIt.paint(this);
  }

  paintHidden() {
    const { hidden, hiding } = this.state;
    this.words.forEach((node, f) => node && node.classList.toggle("hidden-word", hidden.has(f)));
    if (this.data.picture) Picture.erase(this);
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
    const cell = event.target.closest("[data-cell]");
    if (cell) return Sections.open(this, [...new Set(cell.dataset.cell.split(",").map(Number))].sort((a, b) => a - b));
    const section = event.target.closest("[data-section]");
    if (section) return Sections.open(this, [Number(section.dataset.section)]);
    const mark = event.target.closest("[data-f]");
    if (mark) this.act(mark, event.shiftKey);
  }

  act(mark, shift) {
    const features = featuresOf(mark.dataset.f);
    if (mark.dataset.mark === "word" && (shift || this.state.hiding)) return toggleHidden(this, features);
    if (shift) return toggleHidden(this, features);
    select(this, features);
    if (this.data.size === "large" && features.length > 1 && keyOf(this.state.selection) === keyOf(features)) {
      this.state.open = [...new Set(features.map((f) => Sections.home(this, f)))].sort((a, b) => a - b);
      this.rebuildPassages();
    }
  }

  key(event) {
    const { key, target } = event;
    const typing = target.matches("input, select");
    if (key === "Escape") {
      if (target === this.wordBox && target.value) { target.value = ""; this.state.word = ""; return this.refilter(); }
      this.state.hiding = false;
      if (this.state.selection.length) select(this, this.state.selection);
      return this.paintHidden();
    }
    if (typing) return;
    if ((key === "h" || key === "H") && !event.ctrlKey && !event.metaKey && !event.altKey) { this.state.hiding = !this.state.hiding; return this.paintHidden(); }
    if ((key === "Enter" || key === " ") && target.dataset && (target.dataset.f !== undefined || target.dataset.cell || target.dataset.section) && !target.matches("button")) {
      event.preventDefault();
      return this.click({ target, shiftKey: event.shiftKey });
    }
    if (!/^(Arrow(Up|Down|Left|Right)|Home|End)$/.test(key)) return;
    const next = this.neighbour(target, key);
    if (next) {
      event.preventDefault();
      if (next.tabIndex < 0 && target.tabIndex >= 0) { target.tabIndex = -1; next.tabIndex = 0; }
      next.focus();
      if (next.matches(".tab")) next.click();
    }
  }

  // Roving focus: words in reading order and by line; everything else within its own list.
  neighbour(target, key) {
    if (target.matches(".w, .patch")) return this.words[(this.data.picture ? Picture : Heatmap).move(this, Number(target.dataset.i), key)];
    const list = target.closest(".grid, .tabs, svg, .card-list, .cutouts, .chips");
    if (!list) return null;
    const items = [...list.querySelectorAll("[tabindex], button")].filter((node) => node !== list);
    const at = items.indexOf(target);
    if (key === "Home") return items[0];
    if (key === "End") return items[items.length - 1];
    return items[at + (key === "ArrowDown" || key === "ArrowRight" ? 1 : -1)];
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

function mount(component) {
  const { parentElement } = component;
  let app = APPS.get(parentElement);
  if (!app) {
    app = new App(parentElement);
    APPS.set(parentElement, app);
  }
  app.update(component);
  return () => {
    app.observer.disconnect();
    app.root.remove();
    APPS.delete(parentElement);
  };
}

export default mount;
