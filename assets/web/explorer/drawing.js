// What is drawn on the page as one SVG: text as text, boxes as rectangles, colours as computed. No foreignObject and
// nothing outside the file, so that any viewer shows it.

const CONTROLS = "button, input, select, .save, .tryit, script, style, title";
const GEOMETRY = ["x", "y", "width", "height", "rx", "ry", "cx", "cy", "r", "x1", "x2", "y1", "y2", "d", "points"];
const FILES = { sans: "system-ui, 'Segoe UI', Roboto, 'Noto Sans', Helvetica, Arial, sans-serif" };

const Drawing = {
  // Everything below `nodes` as SVG elements, at its place relative to `frame` (a DOMRect).
  of(nodes, frame) {
    const out = svg("g");
    const at = { out, x: frame.left, y: frame.top };
    for (const node of nodes) Drawing.walk(node, at, 1);
    return out;
  },

  walk(node, at, opacity) {
    if (node.nodeType === Node.TEXT_NODE) return Drawing.words(node, at, opacity);
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches(CONTROLS)) return;
    const style = getComputedStyle(node);
    if (style.display === "none" || style.visibility === "hidden") return;
    const seen = opacity * Number(style.opacity);
    if (seen < 0.01) return;
    if (node.localName === "svg") return Drawing.inner(node, at, seen);
    const box = node.getBoundingClientRect();
    if (node.localName === "img" || node.localName === "canvas") return Drawing.pixels(node, box, style, at, seen);
    const lines = style.display === "inline" ? [...node.getClientRects()] : [box];
    for (const line of lines) Drawing.box(line, style, at, seen);
    Drawing.pseudo(node, "::before", box, at, seen);
    for (const kid of node.childNodes) Drawing.walk(kid, at, seen);
    Drawing.pseudo(node, "::after", box, at, seen);
  },

  // Background, hatching and borders of a box.
  box(rect, style, at, opacity) {
    const x = rect.left - at.x, y = rect.top - at.y, { width, height } = rect;
    if (width < 0.1 || height < 0.1) return;
    const round = style.borderTopLeftRadius;
    const rx = Math.min(round.endsWith("%") ? (width * parseFloat(round)) / 100 : parseFloat(round) || 0, width / 2, height / 2);
    const put = (props) => at.out.append(svg("rect", { x: digits(x), y: digits(y), width: digits(width), height: digits(height), rx: rx ? digits(rx) : null, ...props }));
    const fill = Colour.of(style.backgroundColor, opacity);
    if (fill.opacity > 0) put({ fill: fill.text, "fill-opacity": fill.opacity < 1 ? digits(fill.opacity) : null });
    if (style.backgroundImage.includes("gradient")) Drawing.gradient(rect, style, at, opacity, put);
    const sides = ["Top", "Right", "Bottom", "Left"].map((side) => [parseFloat(style[`border${side}Width`]), style[`border${side}Style`], Colour.of(style[`border${side}Color`], opacity)]);
    const ends = [[x, y, x + width, y], [x + width, y, x + width, y + height], [x, y + height, x + width, y + height], [x, y, x, y + height]];
    const drawn = sides.map(([size, kind, colour]) => size > 0 && kind !== "none" && colour.opacity > 0);
    if (drawn.every(Boolean)) {
      const [size, , colour] = sides[0], half = size / 2;
      at.out.append(svg("rect", { x: digits(x + half), y: digits(y + half), width: digits(width - size), height: digits(height - size), rx: digits(rx), fill: "none", stroke: colour.text, "stroke-opacity": colour.opacity < 1 ? digits(colour.opacity) : null, "stroke-width": size }));
    } else sides.forEach(([size, kind, colour], side) => {
      if (!drawn[side]) return;
      const shift = (side === 1 || side === 2 ? -1 : 1) * size / 2, flat = side % 2 === 0;
      const [x1, y1, x2, y2] = ends[side];
      at.out.append(svg("line", { x1: digits(x1 + (flat ? 0 : shift)), y1: digits(y1 + (flat ? shift : 0)), x2: digits(x2 + (flat ? 0 : shift)), y2: digits(y2 + (flat ? shift : 0)),
        stroke: colour.text, "stroke-opacity": colour.opacity < 1 ? digits(colour.opacity) : null, "stroke-width": size, "stroke-dasharray": kind === "dashed" ? `${2 * size} ${1.5 * size}` : null }));
    });
    const ring = /inset/.test(style.boxShadow) ? /^(.*?\)|\S+) 0px 0px 0px ([\d.]+)px inset/.exec(style.boxShadow) : null;
    if (ring) {
      const colour = Colour.of(ring[1], opacity), size = Number(ring[2]);
      at.out.append(svg("rect", { x: digits(x + size / 2), y: digits(y + size / 2), width: digits(width - size), height: digits(height - size), rx: digits(rx), fill: "none", stroke: colour.text, "stroke-opacity": digits(colour.opacity), "stroke-width": size }));
    }
  },

  // The page has three kinds of gradient: a stripe every few pixels, both along and across, and a ramp from nothing.
  gradient(rect, style, at, opacity, put) {
    const colours = style.backgroundImage.match(Colour.ANY) || [];
    const shades = colours.map((text) => Colour.of(text, opacity)).filter((colour) => colour.opacity > 0.005);
    if (!shades.length) return;
    if (!style.backgroundImage.startsWith("repeating-")) {
      const last = shades[shades.length - 1];
      if (shades.length > 1 && shades.every((shade) => shade.text === last.text && shade.opacity === last.opacity)) return put({ fill: last.text, "fill-opacity": digits(last.opacity) });
      const id = `ramp${Drawing.count++}`;
      at.out.append(svg("linearGradient", { id }, svg("stop", { offset: 0, "stop-color": last.text, "stop-opacity": shades.length > 1 ? shades[0].opacity : 0 }), svg("stop", { offset: 1, "stop-color": last.text, "stop-opacity": last.opacity })));
      return put({ fill: `url(#${id})` });
    }
    // Later layers lie below: the flat tint under the stripes of a patch is one of them.
    const layers = style.backgroundImage.split(/,\s*(?=(?:repeating-)?linear-gradient)/);
    for (const layer of layers.slice(1)) {
      const tint = (layer.match(Colour.ANY) || []).map((text) => Colour.of(text, opacity))[0];
      if (tint && tint.opacity > 0.005) put({ fill: tint.text, "fill-opacity": digits(tint.opacity) });
    }
    const stripes = (layers[0].match(Colour.ANY) || []).map((text) => Colour.of(text, opacity));
    const steps = [...layers[0].matchAll(/([\d.]+)px/g)].map((found) => Number(found[1]));
    const size = Math.max(...steps, 1), wide = steps.find((step) => step > 0 && step < size) || size / 2;
    const angle = parseFloat((/(-?[\d.]+)deg/.exec(layers[0]) || [0, 0])[1]);
    const id = `stripes${Drawing.count++}`;
    const pattern = svg("pattern", { id, width: size, height: size, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${angle - 90})` });
    const stripe = (colour, x, width) => colour && colour.opacity > 0.005 && pattern.append(svg("rect", { x, width, y: 0, height: size, fill: colour.text, "fill-opacity": digits(colour.opacity) }));
    stripe(stripes[0], 0, wide);
    stripe(stripes[stripes.length - 1], wide, size - wide);
    at.out.append(pattern);
    put({ fill: `url(#${id})` });
  },

  // Numbers of badges, the line under a word, the sign on a patch: all of them are CSS content.
  pseudo(node, which, box, at, opacity) {
    const style = getComputedStyle(node, which);
    const { content } = style;
    if (content === "none" || content === "normal" || style.display === "none") return;
    const seen = opacity * Number(style.opacity);
    if (seen < 0.01) return;
    let rect = box;
    if (style.position === "absolute") {
      const [left, top, width, height] = [style.left, style.top, style.width, style.height].map(parseFloat);
      const edge = style.boxSizing === "border-box" ? [0, 0] : [parseFloat(style.borderLeftWidth) + parseFloat(style.borderRightWidth), parseFloat(style.borderTopWidth) + parseFloat(style.borderBottomWidth)];
      rect = new DOMRect(box.left + left, box.top + top, width + edge[0], height + edge[1]);
      Drawing.box(rect, style, at, seen);
    }
    const text = content.startsWith('"') ? content.slice(1, -1) : "";
    if (text) Drawing.line(text, rect.left + rect.width / 2, rect, style, at, seen, "middle");
  },

  // A text node, line by line and word by word: each word stands where the page has it, whatever font the viewer has.
  words(node, at, opacity) {
    const text = node.data;
    if (!/\S/.test(text)) return;
    const style = getComputedStyle(node.parentElement);
    const range = document.createRange();
    for (const found of text.matchAll(/\S+/g)) {
      range.setStart(node, found.index);
      range.setEnd(node, found.index + found[0].length);
      const rects = [...range.getClientRects()].filter((rect) => rect.width > 0.1);
      for (const rect of rects) Drawing.decorate(node.parentElement, rect, at, opacity);
      if (rects.length === 1) Drawing.line(found[0], rects[0].left, rects[0], style, at, opacity, "start");
      else if (rects.length) Drawing.broken(node, found, style, at, opacity);
    }
  },

  // Lines under and through words: the sign of a sentence is in how it is underlined. Words inherit them from around.
  decorate(parent, rect, at, opacity) {
    for (let up = parent; up; up = up.parentElement) {
      const style = getComputedStyle(up);
      if (style.textDecorationLine !== "none") {
        const colour = Colour.of(style.textDecorationColor, opacity), size = parseFloat(style.textDecorationThickness) || 1;
        const offset = parseFloat(style.textUnderlineOffset) || 2, font = parseFloat(style.fontSize);
        const through = style.textDecorationLine.includes("line-through");
        const y = (through ? rect.top + rect.height / 2 : rect.top + rect.height / 2 + 0.38 * font + offset) - at.y;
        at.out.append(svg("line", { x1: digits(rect.left - at.x), x2: digits(rect.right - at.x), y1: digits(y), y2: digits(y), stroke: colour.text, "stroke-opacity": colour.opacity < 1 ? digits(colour.opacity) : null,
          "stroke-width": size, "stroke-dasharray": style.textDecorationStyle === "dashed" ? "4 3" : null }));
      }
      if (style.display !== "inline") return;
    }
  },

  // A word that is cut over two lines.
  broken(node, found, style, at, opacity) {
    const range = document.createRange();
    let piece = "", first = null, index = found.index;
    const flush = () => first && Drawing.line(piece, first.left, new DOMRect(first.left, first.top, 0, first.height), style, at, opacity, "start");
    for (const letter of Array.from(found[0])) {
      range.setStart(node, index);
      range.setEnd(node, (index += letter.length));
      const [rect] = range.getClientRects();
      if (!rect) continue;
      if (!first || Math.abs(rect.top - first.top) > rect.height / 2) { flush(); piece = ""; first = rect; }
      piece += letter;
    }
    flush();
  },

  line(text, x, rect, style, at, opacity, anchor) {
    const colour = Colour.of(style.color, opacity), size = parseFloat(style.fontSize);
    if (colour.opacity < 0.01 || !size) return;
    const font = `${style.fontStyle} ${style.fontWeight} ${size}px ${style.fontFamily}`;
    textWidth(text, font);
    const shape = ruler.measureText(text);
    const middle = rect.top + rect.height / 2 - at.y;
    const y = middle + (shape.fontBoundingBoxAscent - shape.fontBoundingBoxDescent) / 2;
    at.out.append(svg("text", { x: digits(x - at.x), y: digits(y), fill: colour.text, "fill-opacity": colour.opacity < 1 ? digits(colour.opacity) : null, "font-size": digits(size),
      "font-weight": style.fontWeight === "400" ? null : style.fontWeight, "font-style": style.fontStyle === "normal" ? null : style.fontStyle, "text-anchor": anchor === "middle" ? anchor : null,
      textLength: anchor === "start" && rect.width > 1 && Array.from(text).length > 1 ? digits(rect.width) : null, lengthAdjust: anchor === "start" && rect.width > 1 && Array.from(text).length > 1 ? "spacingAndGlyphs" : null, text }));
  },

  pixels(node, box, style, at, opacity) {
    const uri = Drawing.uri(node, box, style);
    if (uri) at.out.append(svg("image", { x: digits(box.left - at.x), y: digits(box.top - at.y), width: digits(box.width), height: digits(box.height), preserveAspectRatio: "none", opacity: opacity < 1 ? digits(opacity) : null, href: uri }));
  },

  // Painted as it looks, filters included, because viewers differ in those.
  uri(node, box, style) {
    if (node.localName === "canvas" ? !node.width || !node.height : !node.complete || !node.naturalWidth) return "";
    const canvas = el("canvas", { width: Math.max(1, Math.round(2 * box.width)), height: Math.max(1, Math.round(2 * box.height)) }), pen = canvas.getContext("2d");
    pen.imageSmoothingEnabled = style.imageRendering !== "pixelated";
    pen.imageSmoothingQuality = "high";
    if (style.filter !== "none") pen.filter = style.filter;
    pen.drawImage(node, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/png");
  },

  // A picture that is SVG already: its shapes with their computed colours, its texts as they are.
  inner(node, at, opacity) {
    for (const shape of node.querySelectorAll("rect, circle, line, path, text, polygon")) {
      if (shape.closest("defs, pattern, clipPath")) continue;
      const style = getComputedStyle(shape);
      let seen = opacity;
      for (let up = shape; up && up !== node; up = up.parentElement) seen *= Number(getComputedStyle(up).opacity);
      const fill = Colour.of(style.fill, seen * Number(style.fillOpacity)), stroke = Colour.of(style.stroke, seen * Number(style.strokeOpacity));
      const lined = stroke.opacity > 0.01 && parseFloat(style.strokeWidth) > 0;
      if (style.display === "none" || style.visibility === "hidden" || (fill.opacity < 0.01 && !lined)) continue;
      const own = shape.getScreenCTM();
      const { a, b, c, d, e, f } = own;
      const copy = svg(shape.localName, {
        transform: `matrix(${[a, b, c, d, e - at.x, f - at.y].map(digits).join(" ")})`,
        fill: fill.opacity < 0.01 ? "none" : fill.text, "fill-opacity": fill.opacity < 1 && fill.opacity >= 0.01 ? digits(fill.opacity) : null,
      });
      if (lined) {
        const scale = style.vectorEffect === "non-scaling-stroke" ? 1 / Math.sqrt(Math.abs(a * d - b * c) || 1) : 1;
        put(copy, { stroke: stroke.text, "stroke-opacity": stroke.opacity < 1 ? digits(stroke.opacity) : null, "stroke-width": digits(parseFloat(style.strokeWidth) * scale),
          "stroke-dasharray": style.strokeDasharray === "none" ? null : style.strokeDasharray.replace(/px/g, ""), "stroke-linecap": style.strokeLinecap === "butt" ? null : style.strokeLinecap }, []);
      }
      for (const name of GEOMETRY) if (shape.hasAttribute(name)) copy.setAttribute(name, shape.getAttribute(name));
      if (shape.localName === "text") put(copy, { "font-size": digits(parseFloat(style.fontSize)), "font-weight": style.fontWeight === "400" ? null : style.fontWeight,
        "text-anchor": style.textAnchor === "start" ? null : style.textAnchor, text: [...shape.childNodes].filter((kid) => kid.nodeType === Node.TEXT_NODE).map((kid) => kid.data).join("") }, []);
      at.out.append(copy);
    }
  },

  count: 0,
};

const digits = (x) => Number(x.toFixed(2));

// Computed colours come as rgb(), color(srgb …) or a colour space's own name; files get #rrggbb and an opacity.
const Colour = {
  ANY: /(?:rgba?|color|oklab|oklch|lab|lch|hsla?)\([^()]*\)|#[0-9a-f]{3,8}\b|\btransparent\b/gi,
  known: new Map(),

  of(text, opacity) {
    if (!text || text === "none") return { text: "none", opacity: 0 };
    if (!Colour.known.has(text)) Colour.known.set(text, Colour.read(text));
    const [red, green, blue, alpha] = Colour.known.get(text);
    return { text: `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`, opacity: alpha * opacity };
  },

  read(text) {
    const numbers = (text.match(/-?[\d.]+(?:e-?\d+)?/g) || []).map(Number);
    const byte = (part) => clamp(Math.round(part), 0, 255);
    if (/^rgba?\(/.test(text)) return [...numbers.slice(0, 3).map(byte), numbers.length > 3 ? numbers[3] : 1];
    if (text.startsWith("color(srgb ")) return [...numbers.slice(0, 3).map((part) => byte(255 * part)), numbers.length > 3 ? numbers[3] : 1];
    const pen = el("canvas", { width: 1, height: 1 }).getContext("2d");
    pen.fillStyle = text;
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  },
};
