// "save": a picture as an SVG or PNG file, made here in the browser, with a footer that says how far to trust it.

import { el, SVG, svg, textWidth } from "../common/dom.js";
import { withUnit } from "../common/outputs.js";
import { colourOf } from "./drawing/colours.js";
import { drawing } from "./drawing/drawing.js";

const FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', Helvetica, Arial, sans-serif";
const MARGIN = 20; // px
const FOOT = 58; // px below the drawing, with one line of trust
const LINE = 17; // px for every further one
const LEAST_WIDTH = 420; // px
const SCALE = 2; // pixels of a PNG for each of the page's
const MOST_PIXELS = 16000; // a canvas has no more on a side
const NAMED = 24; // features in a heading

// A small control for the picture that `find` gives when it is pressed: the nodes to draw. Where `app` has a caption, its
// heading and its foot stand below; else what the explorer says of its run.
export function saveControl(app, name, title, find, numbers = null) {
  const press = (kind) =>
    el("button", {
      class: "link",
      type: "button",
      text: kind.toUpperCase(),
      "data-testid": `save-${name}-${kind}`,
      "aria-label": `Save as ${kind.toUpperCase()}: ${title}`,
      onclick: (event) => {
        event.stopPropagation();
        save(app, name, title, find, kind, numbers);
      },
    });
  return el("div", { class: "save" }, "save ", press("png"), " ", press("svg"));
}

async function save(app, name, title, find, kind, numbers) {
  const page = still(app, () => pageOf(app, title, find().filter(Boolean), numbers));
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(page)}\n`;
  const file = new Blob([text], { type: "image/svg+xml" });
  hand(kind === "svg" ? file : await pixelsOf(page, file), `spex-${name}.${kind}`);
}

// What is pointed at stays out of the file, and so does what is on its way from one look to another.
function still(app, action) {
  app.hover(null);
  app.root.classList.add("still");
  const done = action();
  app.root.classList.remove("still");
  return done;
}

// The drawn nodes on the page's background, the title and R² below.
function pageOf(app, title, nodes, numbers) {
  const frame = around(nodes.map(extent));
  const width = Math.ceil(Math.max(frame.width, LEAST_WIDTH) + 2 * MARGIN);
  const foot = Math.ceil(frame.height + MARGIN + 14);
  const ink = colourOf(getComputedStyle(app.root).color, 1).text;
  const room = width - 2 * MARGIN;
  const inHeading = (text) => textWidth(text, `650 14px ${FONT}`) <= room;
  const { caption } = app;
  const heading = caption ? cut(caption.heading, inHeading) : headingText(app.data, title, inHeading);
  const trust = wrapped(
    caption ? caption.foot : trustText(app.data, numbers),
    (text) => textWidth(text, `12.5px ${FONT}`) <= room - 4,
  );
  const height = foot + FOOT + LINE * (trust.length - 1);
  const drawn = drawing(nodes, frame);
  drawn.setAttribute("transform", `translate(${MARGIN} ${MARGIN})`);
  const view = `0 0 ${width} ${height}`;
  const lettering = { fill: ink, "font-size": 14, "font-weight": 650 };
  const faint = { fill: ink, "fill-opacity": 0.75, "font-size": 12.5 };
  return svg(
    "svg",
    { xmlns: SVG, width, height, viewBox: view, "font-family": FONT, role: "img" },
    svg("title", { text: heading }),
    svg("rect", { width, height, fill: groundOf(app.root) }),
    drawn,
    svg("line", { x1: MARGIN, x2: width - MARGIN, y1: foot, y2: foot, stroke: ink, "stroke-opacity": 0.2 }),
    svg("text", { x: MARGIN, y: foot + 22, ...lettering, text: heading }),
    trust.map((line, at) => svg("text", { x: MARGIN, y: foot + 41 + LINE * at, ...faint, text: line })),
  );
}

// What a node covers, content that is scrolled out of sight included.
function extent(node) {
  const { left, top, width, height } = node.getBoundingClientRect();
  return new DOMRect(left, top, Math.max(width, node.scrollWidth || 0), Math.max(height, node.scrollHeight || 0));
}

function around(rects) {
  const left = Math.min(...rects.map((rect) => rect.left));
  const top = Math.min(...rects.map((rect) => rect.top));
  const right = Math.max(...rects.map((rect) => rect.right));
  const bottom = Math.max(...rects.map((rect) => rect.bottom));
  return new DOMRect(left, top, right - left, bottom - top);
}

// What the model said, whether that is right, and how far to trust it stand in every picture that leaves the page.
export function trustText(data, numbers = null) {
  const { line } = data.trust;
  const said = data.answer.says.map((piece) =>
    piece.output === undefined ? piece.text : withUnit(data.outcome, piece.output),
  );
  const { index, order } = numbers || { ...data, index: data.indices.find(({ name }) => name === data.index).title };
  const by = `index ${index}${order ? `, order ≤ ${order}` : ""}`;
  const trusted = `Trust: ${line.word}: ${line.says}`;
  return [said.join("").replace(/\.$/, ""), data.outcome.verdict, data.outside, trusted, by, "SPEX Explorer"]
    .filter(Boolean)
    .join(" · ");
}

// Text in lines for which `fits` holds; a single word may be longer.
export function wrapped(text, fits) {
  const [first, ...words] = text.split(" ");
  const lines = [first];
  for (const word of words) {
    const longer = `${lines[lines.length - 1]} ${word}`;
    if (fits(longer)) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

// What the picture shows of what, cut to where `fits` holds.
export function headingText(data, title, fits) {
  const start = `${data.labels.slice(0, NAMED).join(" ")}${data.n > NAMED ? "…" : ""}`;
  const about = data.picture ? data.picture.question : start;
  const heading = about ? `${title} · ${about.replace(/\s+/g, " ")}` : title;
  return cut(heading, fits);
}

// The longest start of a text for which `fits` holds.
export function cut(text, fits) {
  if (fits(text)) return text;
  const letters = Array.from(text);
  while (letters.length > 1 && !fits(`${letters.join("")}…`)) letters.pop();
  return `${letters.join("").trimEnd()}…`;
}

// The colour of the page behind a node.
function groundOf(node) {
  for (let up = node; up; up = up.parentElement || up.getRootNode().host || null) {
    const colour = colourOf(getComputedStyle(up).backgroundColor, 1);
    if (colour.opacity > 0.99) return colour.text;
  }
  const dark = getComputedStyle(node).colorScheme === "dark";
  return colourOf(dark ? "rgb(20,23,31)" : "rgb(255,255,255)", 1).text;
}

async function pixelsOf(page, file) {
  const [width, height] = ["width", "height"].map((side) => Number(page.getAttribute(side)));
  const scale = Math.min(SCALE, MOST_PIXELS / Math.max(width, height));
  const address = URL.createObjectURL(file);
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = el("canvas", { width: Math.round(width * scale), height: Math.round(height * scale) });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(address);
  return new Promise((done) => {
    canvas.toBlob(done, "image/png");
  });
}

function hand(blob, name) {
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link); // some browsers follow only a link that is on the page
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
