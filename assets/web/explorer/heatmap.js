// The input itself: every character of it, each feature tinted by its effect, badges under the members of the
// strongest interactions.

const NO_SPACES = /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]/;
const LONG = 26; // characters from which a feature flows over lines instead of standing as one box

const Heatmap = {
  build(app, ranges) {
    const { data } = app;
    const box = el("div", {
      class: "heat", "data-testid": "heatmap", role: "group",
      "aria-label": `Input, ${plural(data.n, data.noun, data.nouns)}; arrow keys move, Enter selects, Shift+Enter hides`,
    });
    app.words = new Array(data.n);
    const whole = ranges.length === 1 && ranges[0][0] === 0 && ranges[0][1] === data.n;
    for (const [start, end, title] of ranges) {
      const passage = el("div", { class: "passage" });
      if (title) box.append(el("div", { class: "passage-title", text: title }));
      Heatmap.flow(app, passage, start, end, whole);
      box.append(passage);
    }
    app.arcs = svg("svg", { class: "arcs", "aria-hidden": "true" });
    box.append(app.arcs);
    app.heatBox = box;
    const first = app.words.find(Boolean);
    if (first) first.tabIndex = 0;
    return box;
  },

  // Paragraphs are blocks of their own, so that each finds its own direction.
  flow(app, passage, start, end, whole) {
    const { gaps, texts } = app.data.heat;
    let line = el("div", { class: "para", dir: "auto" });
    let glue = null;
    passage.append(line);
    const text = (part) => {
      const pieces = part.split(/(?<=\n)/);
      pieces.forEach((piece) => {
        if (piece === "") return;
        glue = null;
        line.append(piece);
        if (/^\s*$/.test(line.textContent) && piece.endsWith("\n")) line.classList.add("blank");
        if (piece.endsWith("\n")) {
          line = el("div", { class: "para", dir: "auto" });
          passage.append(line);
        }
      });
    };
    for (let i = start; i < end; i++) {
      if (i > start || whole || start === 0) text(gaps[i]);
      const joined = i > start && gaps[i] === "" && !NO_SPACES.test(texts[i] + texts[i - 1]);
      const node = Heatmap.word(app, i);
      // Punctuation and word pieces stay on the line of what they belong to.
      if (joined && texts[i].length + texts[i - 1].length < LONG) {
        const previous = app.words[i - 1];
        if (!glue) {
          glue = el("span", { class: "glue" });
          previous.replaceWith(glue);
          glue.append(previous);
        }
        glue.append(node);
      } else {
        glue = null;
        line.append(node);
      }
    }
    if (whole || end === app.data.n) text(gaps[end]);
    if (!line.textContent && passage.childNodes.length > 1) line.remove();
  },

  word(app, i) {
    const { data } = app;
    const { texts, tints, values } = data.heat;
    const t = tints[i];
    const numbers = data.badges[i];
    const shown = numbers.slice(0, 4);
    const effect = values[i] ? `${signed(values[i], data.heat.largest)}, ${"towards " + data.toward[values[i] < 0 ? 0 : 1]}` : "no effect alone";
    const node = el("span", {
      class: `w${t ? " " + signClass(t) : ""}${texts[i].length >= LONG || /sentence|paragraph/.test(data.noun) ? " long" : ""}`,
      role: "button", tabindex: -1, "aria-pressed": "false",
      "data-testid": `word-${i}`, "data-f": i, "data-mark": "word", "data-i": i,
      "aria-label": `${texts[i]}: ${effect}${numbers.length ? "; interactions " + numbers.join(", ") : ""}`,
      title: `${nameText(data, i)}\n${effect} (average, ${data.heat.index})`,
      "--t": Math.abs(t).toFixed(3), "--badges": shown.length,
    }, texts[i]);
    if (shown.length) {
      const tray = el("span", { class: "tray", "aria-hidden": "true" });
      for (const number of shown) {
        const row = app.rowByNumber.get(number);
        tray.append(badgeNode(row, {
          "data-testid": `badge-${number}`, "data-f": keyOf(row.features), "data-mark": "row",
          title: `${number}: ${namesText(data, row.features)}\n${signed(row.value, data.table.largest)}, ${towardText(data, row.value)}`,
        }));
      }
      if (numbers.length > shown.length) tray.append(el("span", { class: "more", "data-n": `+${numbers.length - shown.length}` }));
      if (node.classList.contains("long")) {
        // The badges stay on the line of the last word.
        const at = texts[i].search(/\S+\s*$/);
        if (at > 0) node.replaceChildren(texts[i].slice(0, at), el("span", { class: "last" }, texts[i].slice(at), tray));
        else node.append(tray);
      } else node.append(tray);
    }
    app.words[i] = node;
    return node;
  },

  legend(app) {
    const [falling, rising] = app.data.toward;
    const bare = app.data.nothing && !app.rowByNumber.size && !app.data.heat.values.some((value) => value);
    if (bare) return el("div", { class: "legend", "data-testid": "legend" }, el("span", { class: "faint", text: `no colour: no ${app.data.noun} has an effect that is listed` }));
    return el("div", { class: "legend", "data-testid": "legend" },
      el("span", null, el("i", { class: "swatch pos", text: "+" }), el("span", { text: `towards ${rising}` })),
      el("span", null, el("i", { class: "swatch neg", text: "−" }), el("span", { text: `towards ${falling}` })),
      app.rowByNumber.size ? el("span", { class: "faint", text: "same number = act together" }) : null);
  },

  // Arcs for the selected interaction only: a star from one hub, because all members act at once.
  drawArcs(app) {
    if (app.data.picture) return Picture.drawArcs(app);
    app.arcs.replaceChildren();
    const lit = resolve(app, app.state.selection);
    if (!lit.exact) return;
    const frame = app.heatBox.getBoundingClientRect();
    const tops = [];
    for (const f of lit.exact.features) {
      const node = app.words[f];
      if (!node || !node.isConnected) continue;
      const rect = node.getClientRects()[0];
      tops.push([rect.left + rect.width / 2 - frame.left, rect.top - frame.top]);
    }
    if (tops.length < 2) return;
    const highest = Math.min(...tops.map((p) => p[1]));
    const hub = [tops.reduce((sum, p) => sum + p[0], 0) / tops.length, Math.max(5, highest - 16)];
    app.arcs.setAttribute("width", frame.width);
    app.arcs.setAttribute("height", frame.height);
    const style = `arc ${signClass(lit.exact.value)}`;
    for (const [x, y] of tops) {
      const lift = Math.min(hub[1], y) - 4;
      app.arcs.append(svg("path", { class: style, d: `M${hub[0]},${hub[1]} C${(hub[0] + x) / 2},${lift} ${x},${lift} ${x},${y}` }));
    }
    app.arcs.append(svg("circle", { class: style + " hub", cx: hub[0], cy: hub[1], r: 4 }));
  },

  move(app, from, key) {
    const first = app.data.picture ? app.data.picture.patches : 0;
    const words = app.words.map((node, i) => (node && node.isConnected ? i : -1)).filter((i) => i >= first);
    const at = words.indexOf(from);
    if (key === "Home") return words[0];
    if (key === "End") return words[words.length - 1];
    const rtl = getComputedStyle(app.words[from].closest(".para")).direction === "rtl";
    if (key === "ArrowLeft" || key === "ArrowRight") return words[at + ((key === "ArrowRight") !== rtl ? 1 : -1)];
    const here = app.words[from].getBoundingClientRect();
    const down = key === "ArrowDown";
    let best, distance = Infinity, line = null;
    for (const i of down ? words.slice(at + 1) : words.slice(0, at).reverse()) {
      const rect = app.words[i].getBoundingClientRect();
      if (Math.abs(rect.top - here.top) < here.height / 2) continue;
      if (line !== null && Math.abs(rect.top - line) > here.height / 2) break;
      line = rect.top;
      const gap = Math.abs(rect.left + rect.width / 2 - here.left - here.width / 2);
      if (gap < distance) [best, distance] = [i, gap];
    }
    return best;
  },
};
