// "save": a picture as an SVG or PNG file, made here in the browser, with a footer that says how far to trust it.

const MARGIN = 20, FOOT = 58, SCALE = 2, MOST_PIXELS = 16000; // px; a canvas has no more on a side

const Saving = {
  // A small control for the picture that `find` gives when it is pressed: the nodes to draw.
  control(app, name, title, find) {
    const press = (kind) => el("button", { class: "link", type: "button", text: kind.toUpperCase(), "data-testid": `save-${name}-${kind}`,
      "aria-label": `Save as ${kind.toUpperCase()}: ${title}`, onclick: (event) => { event.stopPropagation(); Saving.save(app, name, title, find(), kind); } });
    return el("div", { class: "save" }, "save ", press("png"), " ", press("svg"));
  },

  async save(app, name, title, nodes, kind) {
    const picture = Saving.picture(app, title, nodes.filter(Boolean));
    const text = `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(picture)}\n`;
    const drawn = new Blob([text], { type: "image/svg+xml" });
    Saving.hand(kind === "svg" ? drawn : await Saving.png(picture, drawn), `spex-${name}.${kind}`);
  },

  // The drawn nodes on the page's background, the title and R² below.
  picture(app, title, nodes) {
    const rects = nodes.map((node) => Saving.extent(node));
    const left = Math.min(...rects.map((rect) => rect.left)), top = Math.min(...rects.map((rect) => rect.top));
    const right = Math.max(...rects.map((rect) => rect.right)), bottom = Math.max(...rects.map((rect) => rect.bottom));
    const width = Math.ceil(Math.max(right - left, 420) + 2 * MARGIN), high = Math.ceil(bottom - top + MARGIN + 14);
    const style = getComputedStyle(app.root);
    const ink = Colour.of(style.color, 1).text;
    const [heading, ...trust] = Saving.footer(app, title, width - 2 * MARGIN);
    const height = high + FOOT + 17 * (trust.length - 1);
    const page = Saving.ground(app.root);
    const whole = svg("svg", { xmlns: SVG, width, height, viewBox: `0 0 ${width} ${height}`, "font-family": FILES.sans, role: "img" },
      svg("title", { text: heading }), svg("rect", { width, height, fill: page }));
    const drawn = Drawing.of(nodes, new DOMRect(left, top, right - left, bottom - top));
    drawn.setAttribute("transform", `translate(${MARGIN} ${MARGIN})`);
    whole.append(drawn, svg("line", { x1: MARGIN, x2: width - MARGIN, y1: high, y2: high, stroke: ink, "stroke-opacity": 0.2 }),
      svg("text", { x: MARGIN, y: high + 22, fill: ink, "font-size": 14, "font-weight": 650, text: heading }),
      ...trust.map((line, at) => svg("text", { x: MARGIN, y: high + 41 + 17 * at, fill: ink, "fill-opacity": 0.75, "font-size": 12.5, text: line })));
    return whole;
  },

  // What a node covers, content that is scrolled out of sight included.
  extent(node) {
    const box = node.getBoundingClientRect();
    return new DOMRect(box.left, box.top, Math.max(box.width, node.scrollWidth || 0), Math.max(box.height, node.scrollHeight || 0));
  },

  // [title, lines of trust …]: R² and its verdict stand in every picture that leaves the page.
  footer(app, title, room) {
    const { data } = app;
    const [card] = data.trust.cards;
    const index = data.indices.find((entry) => entry.name === data.index);
    const order = data.order ? `, order ≤ ${data.order}` : "";
    const words = [card.value, card.label, card.detail, `index ${index ? index.title : data.index}${order}`, "SPEX Explorer"].filter(Boolean).join(" · ").split(" ");
    const lines = [""];
    for (const word of words) {
      const longer = lines[lines.length - 1] ? `${lines[lines.length - 1]} ${word}` : word;
      if (textWidth(longer, `12.5px ${FILES.sans}`) > room - 4 && lines[lines.length - 1]) lines.push(word); else lines[lines.length - 1] = longer;
    }
    const about = data.picture ? data.picture.question : `${data.labels.slice(0, 24).join(" ")}${data.n > 24 ? "…" : ""}`;
    let heading = about ? `${title} · ${about.replace(/\s+/g, " ")}` : title;
    const fits = (text) => textWidth(text, `650 14px ${FILES.sans}`) <= room;
    if (!fits(heading)) {
      const letters = Array.from(heading);
      while (letters.length > 1 && !fits(`${letters.join("")}…`)) letters.pop();
      heading = `${letters.join("").trimEnd()}…`;
    }
    return [heading, ...lines];
  },

  ground(node) {
    for (let up = node; up; up = up.parentElement || (up.getRootNode().host || null)) {
      const colour = Colour.of(getComputedStyle(up).backgroundColor, 1);
      if (colour.opacity > 0.99) return colour.text;
    }
    return Colour.of(getComputedStyle(node).colorScheme === "dark" ? "rgb(20,23,31)" : "rgb(255,255,255)", 1).text;
  },

  async png(picture, drawn) {
    const width = Number(picture.getAttribute("width")), height = Number(picture.getAttribute("height"));
    const scale = Math.min(SCALE, MOST_PIXELS / Math.max(width, height));
    const address = URL.createObjectURL(drawn);
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = el("canvas", { width: Math.round(width * scale), height: Math.round(height * scale) });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(address);
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  },

  hand(blob, name) {
    const link = el("a", { href: URL.createObjectURL(blob), download: name });
    document.body.append(link); // some browsers follow only a link that is on the page
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  },
};
