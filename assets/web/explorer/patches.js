// A picture as input: its patches tinted by their effect, the question below, one overlay for what is selected.

const MODES = [["effect", "Effect"], ["influence", "Influence"], ["original", "Original"]];
const TALLEST = 620; // px: with the answer above, a picture and what it says fit one screen
const GUTTER = 18; // px for row letters and column numbers

const Picture = {
  // The head of the card: how to look at the picture, and what the colours mean.
  head(app) {
    app.modeChips = MODES.map(([name, title]) => el("button", { class: "chip", type: "button", "data-mode": name, "data-testid": `mode-${name}`, text: title,
      onclick: () => { app.state.mode = name; Picture.paintMode(app); } }));
    app.legendSlot = el("div");
    return el("div", { class: "head" }, el("div", { class: "chips", role: "group", "aria-label": "What the picture shows" }, app.modeChips), app.legendSlot);
  },

  legend(app) {
    const { data, state } = app;
    if (state.mode === "effect") return Heatmap.legend(app);
    const largest = Math.max(...data.picture.influence);
    if (!largest && state.mode === "influence") return el("div", { class: "legend", "data-testid": "legend" }, el("span", { class: "faint", text: data.nothing.effects }));
    return el("div", { class: "legend", "data-testid": "legend" }, state.mode === "original" ? el("span", { text: "the picture as the model saw it" })
      : el("span", { title: "root mean square change of the output when only this feature is switched: interactions count, signs do not cancel" },
        "moves the output by 0", el("i", { class: "ramp" }), signed(largest).replace("+", "")));
  },

  build(app) {
    const { data } = app;
    const { columns, rows, patches, width, height, question } = data.picture;
    app.words = new Array(data.n);
    if (!app.image || app.image.src !== data.picture.image) {
      app.image = el("img", { alt: "", src: data.picture.image || null, decoding: "sync", draggable: "false", onload: () => app.data && Picture.drawn(app) });
      app.thumbs = app.veil = null;
    }
    app.erased = el("canvas", { class: "erased", "aria-hidden": "true" });
    const cells = el("div", { class: "cells", style: `grid-template-columns:repeat(${columns},minmax(0,1fr));grid-template-rows:repeat(${rows},minmax(0,1fr))` });
    for (let i = 0; i < patches; i++) cells.append(Picture.patch(app, i));
    app.words[0].tabIndex = 0;
    const lines = `${Array.from({ length: columns - 1 }, (_, k) => `M${k + 1},0V${rows}`).join("")}${Array.from({ length: rows - 1 }, (_, k) => `M0,${k + 1}H${columns}`).join("")}`;
    app.stage = el("div", { class: "stage" }, app.image, app.erased,
      svg("svg", { class: "lines", viewBox: `0 0 ${columns} ${rows}`, preserveAspectRatio: "none", "aria-hidden": "true" },
        svg("path", { class: "under", d: lines }), svg("path", { class: "over", d: lines })), cells);
    app.columnNames = el("div", { class: "axis-names across", "aria-hidden": "true" });
    app.rowNames = el("div", { class: "axis-names down", "aria-hidden": "true" });
    app.picture = el("div", { class: "picture", "data-testid": "picture", role: "group",
      "aria-label": `Picture of ${width} by ${height} pixels, ${patches} patches in ${plural(rows, "row", "rows")} and ${plural(columns, "column", "columns")}; arrow keys move, Enter selects, Shift+Enter hides` },
      app.columnNames, app.rowNames, app.stage);
    app.arcs = svg("svg", { class: "arcs", "aria-hidden": "true" });
    app.heatBox = el("div", { class: "picture-view" }, app.picture, question ? Picture.question(app) : null, app.arcs);
    return app.heatBox;
  },

  patch(app, i) {
    const { data } = app;
    const { columns, influence, shades } = data.picture;
    const name = data.labels[i], t = data.heat.tints[i], value = data.heat.values[i];
    const effect = value ? `effect ${signed(value, data.heat.largest)}` : "no effect alone";
    const numbers = data.badges[i];
    const node = el("div", {
      class: `patch${t ? " " + signClass(t) : ""}`, role: "button", tabindex: -1, "aria-pressed": "false",
      "data-testid": `patch-${i}`, "data-f": i, "data-mark": "word", "data-i": i,
      "aria-label": `patch ${name}, row ${name.replace(/\d+$/, "")}, column ${(i % columns) + 1}, ${effect}${numbers.length ? "; interactions " + numbers.join(", ") : ""}`,
      title: `${name}\n${effect}${value ? `, ${towardName(data, value)}` : ""} (average, ${data.heat.index})\ninfluence ${signed(influence[i], data.heat.largest || influence[i]).replace("+", "")}`,
      "--t": Math.abs(t).toFixed(3), "--m": shades[i].toFixed(3),
    });
    app.words[i] = node;
    return node;
  },

  // The question: words that are features are tinted and chosen like those of a text.
  question(app) {
    const { data } = app;
    const passage = el("div", { class: "passage", "data-testid": "question" });
    Heatmap.flow(app, passage, data.picture.patches, data.n, true);
    app.words.forEach((node, f) => { if (f >= data.picture.patches) node.style.setProperty("--m", data.picture.shades[f].toFixed(3)); });
    const first = app.words[data.picture.patches];
    if (first) first.tabIndex = 0;
    return el("div", { class: "heat question", role: "group", "aria-label": "Question" }, el("span", { class: "faint asked", text: "Question" }), passage);
  },

  // Everything that depends on the width: size of the picture, names along the edges, how many badges fit a patch.
  layout(app) {
    const { data } = app;
    const { columns, rows, width, height, drawn } = data.picture;
    const room = Math.max(120, app.heatBox.clientWidth - GUTTER);
    const most = Math.max(drawn ? Infinity : 3 * width, 480);
    const wide = Math.floor(Math.max(60, Math.min(room, (TALLEST * width) / height, most)));
    const tall = (wide * height) / width;
    app.stage.style.width = `${wide}px`;
    app.stage.style.height = `${tall}px`;
    const across = wide / columns, down = tall / rows;
    app.cell = { across, down };
    // Drawn pixels stay pixels, but only where each gets two or more of the screen's.
    app.image.classList.toggle("drawn", drawn && wide * (window.devicePixelRatio || 1) >= 2 * width);
    app.picture.classList.toggle("dense", Math.min(across, down) < 22);
    app.picture.style.setProperty("--cell", `${Math.min(across, down).toFixed(1)}px`);
    const names = (count, size, least, name) => {
      const step = [1, 2, 4, 5, 8, 10, 16, 32].find((k) => k * size >= least) || 64;
      return Array.from({ length: count }, (_, k) => el("span", { text: k % step ? "" : name(k) }));
    };
    app.columnNames.style.width = `${wide}px`;
    app.columnNames.replaceChildren(...names(columns, across, 18, (k) => String(k + 1)));
    app.rowNames.style.height = `${tall}px`;
    app.rowNames.replaceChildren(...names(rows, down, 15, (k) => data.labels[k * columns].replace(/\d+$/, "")));
    Picture.badges(app);
    Picture.paintMode(app);
    Picture.erase(app);
  },

  badges(app) {
    const { data } = app;
    const { across, down } = app.cell;
    const small = Math.min(across, down) < 30;
    app.picture.classList.toggle("small-badges", small);
    const fits = Math.min(across, down) < 14 ? 0 : clamp(Math.floor((across - 3) / (small ? 14 : 18)), 1, 3);
    for (let i = 0; i < data.picture.patches; i++) {
      const node = app.words[i];
      node.replaceChildren();
      const numbers = small ? data.badges[i].slice(0, fits) : data.badges[i];
      if (!numbers.length || !fits) continue;
      const shown = numbers.length > fits ? numbers.slice(0, Math.max(1, fits - 1)) : numbers;
      const tray = el("span", { class: "tray", "aria-hidden": "true" }, shown.map((number) => {
        const row = app.rowByNumber.get(number);
        return badgeNode(row, { "data-testid": `badge-${number}`, "data-f": keyOf(row.features), "data-mark": "row",
          title: `${number}: ${namesText(data, row.features)}\n${signed(row.value, data.table.largest)}, ${towardText(data, row.value)}` });
      }));
      if (numbers.length > shown.length && fits > 1) tray.append(el("span", { class: "more", "data-n": `+${numbers.length - shown.length}` }));
      node.append(tray);
    }
  },

  paintMode(app) {
    app.heatBox.dataset.mode = app.state.mode;
    for (const chip of app.modeChips) chip.setAttribute("aria-pressed", String(chip.dataset.mode === app.state.mode));
    app.legendSlot.replaceChildren(Picture.legend(app));
  },

  // The picture has arrived: what is painted from its pixels can be painted now.
  drawn(app) {
    app.thumbs = app.veil = null;
    Picture.erase(app);
    Cutouts.paintAll(app);
  },

  // Hidden patches look as the model is shown them, hatched so that they are seen to be hidden.
  erase(app) {
    const { data, state } = app;
    const { columns, rows, patches, masking } = data.picture;
    const gone = [...state.hidden].filter((f) => f < patches);
    for (const node of app.words.slice(0, patches)) {
      const out = state.hidden.has(Number(node.dataset.i));
      if (out) node.setAttribute("aria-description", "hidden"); else node.removeAttribute("aria-description");
    }
    const { erased, image } = app;
    erased.hidden = !gone.length;
    if (!gone.length || !image.complete || !image.naturalWidth) return;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    erased.width = Math.round(app.stage.clientWidth * ratio);
    erased.height = Math.round(app.stage.clientHeight * ratio);
    const pen = erased.getContext("2d");
    const source = masking === "grey" ? null : Picture.veil(app);
    for (const f of gone) {
      const x = ((f % columns) * erased.width) / columns, y = (Math.floor(f / columns) * erased.height) / rows;
      const w = erased.width / columns, h = erased.height / rows;
      pen.save();
      pen.beginPath();
      pen.rect(x, y, w, h);
      pen.clip();
      if (source) pen.drawImage(source, 0, 0, erased.width, erased.height);
      else { pen.fillStyle = "rgb(128,128,128)"; pen.fillRect(x, y, w, h); }
      const step = 7 * ratio;
      for (const [shade, shift] of [["rgba(0,0,0,.38)", 0], ["rgba(255,255,255,.5)", ratio]]) {
        pen.beginPath();
        for (let k = Math.floor((x + y) / step) * step; k < x + y + w + h + step; k += step) { pen.moveTo(k - y + shift, y); pen.lineTo(k - y - h + shift, y + h); }
        pen.strokeStyle = shade;
        pen.lineWidth = ratio;
        pen.stroke();
      }
      pen.restore();
    }
  },

  // What stands in hidden patches, to be stretched over the picture: a few of its pixels are the picture blurred, as
  // strongly as by the masker (a twelfth of the diagonal), and one is its mean colour.
  veil(app) {
    const { width, height, masking } = app.data.picture;
    if (app.veil) return app.veil;
    const longest = masking === "blur" ? 6 : 32;
    const goal = [width, height].map((side) => Math.max(1, Math.round((longest * side) / Math.max(width, height))));
    let source = app.image, w = source.naturalWidth, h = source.naturalHeight;
    do { // halving averages all pixels; one long step would skip most of them
      w = Math.max(goal[0], Math.ceil(w / 2));
      h = Math.max(goal[1], Math.ceil(h / 2));
      const next = el("canvas", { width: w, height: h }), pen = next.getContext("2d");
      pen.imageSmoothingQuality = "high";
      pen.drawImage(source, 0, 0, w, h);
      source = next;
    } while (w > goal[0] || h > goal[1]);
    if (masking === "mean") {
      const pixels = source.getContext("2d").getImageData(0, 0, w, h).data, sum = [0, 0, 0];
      for (let at = 0; at < pixels.length; at++) if (at % 4 < 3) sum[at % 4] += pixels[at];
      source = el("canvas", { width: 1, height: 1 });
      const pen = source.getContext("2d");
      pen.fillStyle = `rgb(${sum.map((total) => Math.round(total / (w * h))).join(",")})`;
      pen.fillRect(0, 0, 1, 1);
    }
    return (app.veil = source);
  },

  centre(app, f, frame) {
    const rect = app.words[f].getClientRects()[0];
    const word = f >= app.data.picture.patches;
    return { x: rect.left + rect.width / 2 - frame.left, y: (word ? rect.top : rect.top + rect.height / 2) - frame.top, word };
  },

  // The selected interaction: a star from one hub, because all members act at once.
  drawArcs(app) {
    app.arcs.replaceChildren();
    const lit = resolve(app, app.state.selection);
    if (!lit.exact) return;
    const frame = app.heatBox.getBoundingClientRect();
    app.arcs.setAttribute("width", frame.width);
    app.arcs.setAttribute("height", frame.height);
    const ends = lit.exact.features.map((f) => Picture.centre(app, f, frame));
    const hub = Picture.hub(app, ends, frame);
    const lines = ends.map((end) => {
      const dx = end.x - hub.x, dy = end.y - hub.y, bend = 0.16;
      const [mx, my] = end.word ? [end.x, end.y - Math.abs(dy) * 0.45] : [hub.x + dx / 2 - dy * bend, hub.y + dy / 2 + dx * bend];
      return `M${hub.x},${hub.y} Q${mx},${my} ${end.x},${end.y}`;
    });
    const sign = signClass(lit.exact.value), dense = Math.min(app.cell.across, app.cell.down) < 22;
    app.arcs.classList.toggle("dense-arcs", dense);
    for (const kind of ["casing", "spoke"]) {
      for (const d of lines) app.arcs.append(svg("path", { class: `${kind} ${sign}`, d }));
      for (const end of ends) app.arcs.append(svg("circle", { class: `${kind} tip`, cx: end.x, cy: end.y, r: (kind === "spoke" ? 3 : 4.5) - (dense ? 1.2 : 0) }));
    }
    app.arcs.append(svg("rect", { class: `hub-badge ${sign}`, x: hub.x - 10, y: hub.y - 10, width: 20, height: 20, rx: sign === "pos" ? 10 : 5 }),
      svg("text", { class: "glyph", x: hub.x, y: hub.y + 4, "text-anchor": "middle", text: lit.exact.number }));
  },

  // The middle of the members, moved aside where it would cover one of them.
  hub(app, ends, frame) {
    const patches = ends.filter((end) => !end.word);
    const from = patches.length ? patches : ends;
    const mean = (key) => from.reduce((sum, end) => sum + end[key], 0) / from.length;
    const stage = app.stage.getBoundingClientRect();
    const low = { x: stage.left - frame.left + 12, y: stage.top - frame.top + 12 }, high = { x: stage.right - frame.left - 12, y: stage.bottom - frame.top - 12 };
    const at = { x: mean("x"), y: patches.length ? mean("y") : high.y - 18 };
    const step = Math.max(24, 0.75 * Math.min(app.cell.across, app.cell.down));
    const tries = [[0, 0], [0, 1], [0, -1], [1, 0], [-1, 0], [0, 2], [0, -2], [2, 0], [-2, 0]].map(([a, b]) => ({
      x: clamp(at.x + a * step, low.x, Math.max(low.x, high.x)), y: clamp(at.y + b * step, low.y, Math.max(low.y, high.y)) }));
    const clear = (spot) => Math.min(...ends.map((end) => Math.hypot(end.x - spot.x, end.y - spot.y)));
    return tries.find((spot) => clear(spot) >= 20) || tries.reduce((best, spot) => (clear(spot) > clear(best) ? spot : best));
  },

  // Where an arrow key leads: within the grid, and between its last row and the words of the question.
  move(app, from, key) {
    const { columns, patches } = app.data.picture;
    if (from >= patches) {
      const next = Heatmap.move(app, from, key);
      return next === undefined && key === "ArrowUp" ? patches - Math.ceil(columns / 2) : next;
    }
    const row = Math.floor(from / columns), column = from % columns;
    if (key === "Home") return row * columns;
    if (key === "End") return (row + 1) * columns - 1;
    if (key === "ArrowLeft") return column ? from - 1 : undefined;
    if (key === "ArrowRight") return column < columns - 1 ? from + 1 : undefined;
    if (key === "ArrowUp") return row ? from - columns : undefined;
    return from + columns < patches ? from + columns : patches < app.data.n ? patches : undefined;
  },
};
