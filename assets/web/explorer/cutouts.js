// The strongest interactions as cut-outs: the picture in grey, only the members in colour.

const Cutouts = {
  build(app) {
    app.cutoutList = el("div", { class: "cutouts" });
    app.cutoutFoot = el("p", { class: "foot" });
    return el("section", { class: "card", "data-testid": "cutouts" },
      el("div", { class: "head" }, el("h3", { text: "Top interactions as cut-outs" })), app.cutoutList, app.cutoutFoot,
      Saving.control(app, "cutouts", "Cut-outs", () => [app.cutoutList]));
  },

  // After a filter or a change of width.
  draw(app) {
    const { data, state } = app;
    const { patches, width, height } = data.picture;
    const rows = data.table.rows.filter((row) => row.number && passes(app, row) && row.features[0] < patches);
    const room = app.cutoutList.clientWidth || 300;
    const aspect = width / height;
    const shown = rows.slice(0, state.cutouts + (aspect > 3 ? 6 : 0)); // flat ones leave room for more
    const wanted = aspect > 3 ? 230 : aspect < 0.6 ? 84 : data.picture.columns > 20 ? 150 : 118; // small members need room
    const least = aspect > 3 ? wanted : Math.min(wanted, Math.floor((room - 10) / 2));
    const count = Math.max(1, Math.floor((room + 10) / (least + 10)));
    const fit = Math.min((room - 10 * (count - 1)) / count - 4, (data.picture.columns > 20 ? 190 : 140) * aspect, 320);
    app.thumbSize = [Math.max(8, Math.floor(fit)), Math.max(8, Math.round(fit / aspect))];
    app.cutoutList.style.gridTemplateColumns = `repeat(${count}, minmax(0, 1fr))`;
    app.cutoutList.replaceChildren(...shown.map((row) => Cutouts.card(app, row)));
    app.cutoutFoot.replaceChildren();
    if (!rows.length) app.cutoutFoot.append(data.picture.words && data.table.rows.some((row) => row.number) ? "No interaction with a patch matches the filters." : ScoreSheet.why(app));
    else if (rows.length > shown.length) app.cutoutFoot.append(el("button", { class: "link", type: "button", "data-testid": "more-cutouts",
      text: `${Math.min(6, rows.length - shown.length)} more of ${rows.length - shown.length}`, onclick: () => { state.cutouts += 6; app.redraw(); } }));
    Cutouts.paintAll(app);
  },

  card(app, row) {
    const { data } = app;
    const words = row.features.filter((f) => f >= data.picture.patches).map((f) => nameText(data, f));
    const value = signed(row.value, data.table.largest);
    const canvas = el("canvas", { "aria-hidden": "true" });
    canvas.members = row.features.filter((f) => f < data.picture.patches);
    canvas.sign = signClass(row.value);
    return el("div", { class: "cutout", role: "button", tabindex: 0, "aria-pressed": "false", "data-f": keyOf(row.features), "data-mark": "row", "data-testid": `cutout-${row.number}`,
      "aria-label": `${row.number}: ${namesText(data, row.features)}, ${value}`, title: `${namesText(data, row.features)}\n${value}, ${towardText(data, row.value)}` },
      canvas, el("div", { class: "cutout-text" }, badgeNode(row), el("b", { text: value }), words.length ? el("span", { class: "faint", dir: "auto", text: `+ ${words.join(" + ")}` }) : null));
  },

  // One small picture in colour and one in grey, from which all cut-outs are put together.
  prepare(app, width, height) {
    if (app.thumbs && app.thumbs.width === width && app.thumbs.height === height) return app.thumbs;
    const colour = el("canvas", { width, height }), grey = el("canvas", { width, height });
    let source = app.image, w = app.image.naturalWidth, h = app.image.naturalHeight;
    while (w > 2 * width && h > 2 * height) {
      const half = el("canvas", { width: (w = Math.ceil(w / 2)), height: (h = Math.ceil(h / 2)) });
      half.getContext("2d").drawImage(source, 0, 0, w, h);
      source = half;
    }
    for (const canvas of [colour, grey]) {
      const pen = canvas.getContext("2d");
      pen.imageSmoothingEnabled = !(app.data.picture.drawn && w < width);
      pen.drawImage(source, 0, 0, width, height);
    }
    const pen = grey.getContext("2d");
    pen.globalCompositeOperation = "saturation";
    pen.fillStyle = "#888";
    pen.fillRect(0, 0, width, height);
    pen.globalCompositeOperation = "source-over";
    pen.fillStyle = "rgba(140,140,140,.35)";
    pen.fillRect(0, 0, width, height);
    return (app.thumbs = { width, height, colour, grey });
  },

  paintAll(app) {
    if (!app.cutoutList || !app.thumbSize || !app.image.complete || !app.image.naturalWidth) return;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const { columns, rows } = app.data.picture;
    const [w, h] = app.thumbSize.map((size) => Math.round(size * ratio));
    const { colour, grey } = Cutouts.prepare(app, w, h);
    const style = getComputedStyle(app.root);
    for (const canvas of app.cutoutList.querySelectorAll("canvas")) {
      canvas.width = w;
      canvas.height = h;
      canvas.style.width = `${app.thumbSize[0]}px`;
      canvas.style.height = `${app.thumbSize[1]}px`;
      const pen = canvas.getContext("2d");
      pen.drawImage(grey, 0, 0);
      const inside = new Set(canvas.members);
      for (const f of canvas.members) {
        const x = Math.round(((f % columns) * w) / columns), y = Math.round((Math.floor(f / columns) * h) / rows);
        const wide = Math.round((((f % columns) + 1) * w) / columns) - x, tall = Math.round(((Math.floor(f / columns) + 1) * h) / rows) - y;
        pen.drawImage(colour, x, y, wide, tall, x, y, wide, tall);
        Cutouts.edges(pen, f, inside, columns, x, y, wide, tall, ratio);
      }
    }
  },

  // A light line with a dark one around the members, not between them.
  edges(pen, f, inside, columns, x, y, w, h, ratio) {
    const at = f % columns;
    const sides = [[f - columns, 0, 0, w, 0], [f + columns, 0, h, w, h], [at ? f - 1 : -1, 0, 0, 0, h], [at < columns - 1 ? f + 1 : -1, w, 0, w, h]];
    for (const [shade, size] of [["rgba(0,0,0,.55)", 3], ["#fff", 1.25]]) {
      pen.strokeStyle = shade;
      pen.lineWidth = size * ratio;
      pen.beginPath();
      for (const [next, x1, y1, x2, y2] of sides) if (!inside.has(next)) { pen.moveTo(x + x1, y + y1); pen.lineTo(x + x2, y + y2); }
      pen.stroke();
    }
  },
};
