// Long inputs: a minimap, the section × section matrix, and the passages that are open.

import { el, svg } from "../common/dom.js";
import { effectText, signClass } from "../common/features.js";
import { ascending, clamp, plural } from "../common/numbers.js";
import { why } from "./nothing.js";
import { saveControl } from "./saving.js";
import { signedMark } from "./signed_mark.js";

const MOST_OPEN = 3; // sections that are open before a person opens any

export const name = (at) => `§${at + 1}`;

export const home = (app, feature) => app.data.overview.sections.findIndex((section) => feature < section.end);

export const homes = (app, features) => ascending(new Set(features.map((f) => home(app, f))));

// Sections to show: what a person opened, else those of the selection, else those of the strongest group.
export function opened(app) {
  const { state } = app;
  if (state.open) return state.open;
  const strongest = app.rowByNumber.get(1);
  const features = state.selection.length ? state.selection : strongest?.features || [0];
  return homes(app, features).slice(0, MOST_OPEN);
}

// [first feature, end, title] of each passage to show.
export function ranges(app) {
  const { sections } = app.data.overview;
  if (app.state.open === "all") return [[0, app.data.n]];
  return opened(app).map((at) => {
    const { start, end } = sections[at];
    return [start, end, `${name(at)} · ${app.data.nouns} ${start + 1}–${end}`];
  });
}

export function open(app, sections) {
  app.state.open = sections;
  app.rebuildPassages();
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  app.passages.scrollIntoView({ block: "nearest", behavior: still ? "auto" : "smooth" });
}

// Buttons that open a section each, or all.
export function chips(app) {
  const now = opened(app);
  const all = app.state.open === "all";
  const chip = (text, props) => el("button", { class: "chip", type: "button", text, ...props });
  const each = app.data.overview.sections.map((section, at) =>
    chip(name(at), {
      title: section.opening,
      "data-section": at,
      "data-testid": `open-${at}`,
      "aria-pressed": String(all || now.includes(at)),
    }),
  );
  const onclick = () => open(app, "all");
  const whole = chip("whole text", { "data-testid": "open-all", "aria-pressed": String(all), onclick });
  return el("div", { class: "chips sections", role: "group", "aria-label": "Open sections" }, each, whole);
}

export function build(app) {
  app.minimapBox = el("div", { class: "minimap" });
  app.sectionBox = el("div", { class: "scroll" });
  app.sectionInfo = el("p", { class: "foot", "aria-live": "polite" });
  const joint = app.data.overview.cells.length > 0;
  const pictures = () => [app.minimapBox.querySelector("svg"), app.sectionBox.querySelector("svg")];
  const title = joint ? "Sections that act on each other" : "Sections";
  return el(
    "section",
    { class: "card overview", "data-testid": "overview" },
    el("div", { class: "head" }, el("h3", { text: title })),
    app.minimapBox,
    el("p", { class: "foot", text: legendText(app, joint) }),
    joint ? app.sectionBox : null,
    joint ? app.sectionInfo : null,
    saveControl(app, "sections", "Sections", pictures),
  );
}

function legendText(app, joint) {
  const { data } = app;
  if (joint) return "area = total strength of the groups that span both sections · click a cell to read them";
  if (data.heat.values.some((value) => value))
    return "height = effects of single features along the text · click a section to read it";
  return `${data.problem ? why(app) : data.nothing.effects} Click a section to read it.`;
}

export function draw(app) {
  const width = app.sectionBox.clientWidth || 560;
  app.minimapBox.replaceChildren(minimap(app, app.minimapBox.clientWidth || width));
  app.sectionCells = [];
  if (!app.data.overview.cells.length) return;
  app.sectionBox.replaceChildren(matrix(app, width));
  describe(app, null);
}

function minimap(app, width) {
  const { data } = app;
  const height = 46;
  const middle = 20;
  const props = { width, height, role: "group", "aria-label": "Minimap of single effects", "data-testid": "minimap" };
  const x = (f) => (f / data.n) * width;
  const frames = data.overview.sections.map(({ start, end, opening }, at) =>
    svg(
      "g",
      {
        class: "mini-section",
        role: "button",
        tabindex: -1,
        "data-section": at,
        "aria-label": `Open section ${at + 1}`,
      },
      svg("rect", { class: "mini-hit", x: x(start), y: 0, width: Math.max(1, x(end) - x(start) - 1), height }),
      svg("text", {
        class: "tiny",
        x: (x(start) + x(end)) / 2,
        y: height - 2,
        "text-anchor": "middle",
        text: name(at),
      }),
      svg("title", { text: opening }),
    ),
  );
  const axis = svg("line", { class: "axis", x1: 0, x2: width, y1: middle, y2: middle });
  const bars = data.heat.tints.map((t, f) => {
    if (Math.abs(t) < 0.05) return null;
    const size = Math.abs(t) * 17;
    const place = { x: x(f), y: t > 0 ? middle - size : middle, width: Math.max(1.2, width / data.n), height: size };
    return svg("rect", { class: `mini ${signClass(t)}`, ...place });
  });
  app.miniMarks = svg("g");
  app.miniX = x;
  return svg("svg", props, frames, axis, bars, app.miniMarks);
}

function matrix(app, width) {
  const { sections } = app.data.overview;
  const { cells, largest } = cellsOf(app);
  const left = Math.min(150, width * 0.3);
  const top = 24;
  const size = clamp(Math.floor((width - left - 12) / sections.length), 20, 40);
  const span = sections.length * size;
  const picture = svg("svg", {
    class: "matrix",
    width: left + span + 6,
    height: top + span + 6,
    role: "group",
    "aria-label": "Section matrix",
  });
  const known = new Map(cells.map((entry) => [`${entry.row},${entry.column}`, entry]));
  sections.forEach((section, row) => {
    picture.append(...headerNodes(app, section, row, left, top, size));
    for (let column = 0; column <= row; column++) {
      const [x, y] = [left + column * size, top + row * size];
      const entry = known.get(`${row},${column}`);
      const cell = cellNode(app, row, column, entry, { x, y, width: size, height: size });
      if (entry) cell.append(signedMark(x, y, size, entry.mass / largest, entry.net));
      picture.append(cell);
    }
  });
  app.sectionCells = [...picture.querySelectorAll("[data-cell]")];
  return picture;
}

// All groups as Python counted them; under a filter, the listed ones that it lets through.
export function cellsOf(app) {
  const { overview, table } = app.data;
  const { groups } = app.passing;
  if (groups.length === table.rows.filter((row) => row.number).length) return overview;
  const cells = new Map();
  for (const row of groups) {
    const touched = homes(app, row.features);
    const pairs = touched.flatMap((b, at) => touched.slice(0, at).map((a) => [b, a]));
    for (const place of pairs.length ? pairs : [[touched[0], touched[0]]]) add(cells, place, row);
  }
  const found = [...cells.values()];
  return { cells: found, largest: Math.max(0, ...found.map((cell) => cell.mass)) };
}

function add(cells, [row, column], { value, push, order, number }) {
  const first = { row, column, mass: 0, net: 0, count: 0, strongest: value, order, number };
  const cell = cells.get(`${row},${column}`) || first;
  cell.mass += Math.abs(value);
  cell.net += push * Math.abs(value);
  cell.count += 1;
  cells.set(`${row},${column}`, cell);
}

function headerNodes(app, { start, end, opening }, row, left, top, size) {
  const middle = (row + 0.5) * size;
  const beside = { x: left - 8, y: top + middle + 4, "text-anchor": "end", "data-section": row };
  const above = { x: left + middle, y: top - 8, "text-anchor": "middle" };
  const count = end - start;
  const text = `${name(row)} · ${count} ${count === 1 ? app.data.noun : app.data.nouns}`;
  return [
    svg("text", { class: "label", ...beside, text }, svg("title", { text: opening })),
    svg("text", { class: "tiny", ...above, text: name(row) }),
  ];
}

function cellNode(app, row, column, entry, place) {
  return svg(
    "g",
    {
      class: "cell section-cell",
      "data-cell": `${row},${column}`,
      "data-testid": `section-${row}-${column}`,
      role: "button",
      tabindex: row === 0 ? 0 : -1,
      "aria-label": sentence(app, row, column, entry),
    },
    svg("rect", { class: "empty-cell", ...place }),
    svg("rect", { class: "hit", ...place }),
  );
}

export function sentence(app, row, column, entry) {
  const where = row === column ? `within ${name(row)}` : `${name(column)} × ${name(row)}`;
  if (!entry) return `${where}: no interaction`;
  const strongest = `${effectText(app.data, entry.strongest)} (order ${entry.order})`;
  return `${where}: ${plural(entry.count, "interaction", "interactions")}, strongest ${strongest}`;
}

export function describe(app, cell) {
  if (!cell) {
    app.sectionInfo.textContent = "point at a cell to see what it holds";
    return;
  }
  const [row, column] = cell.split(",").map(Number);
  const entry = cellsOf(app).cells.find((known) => known.row === row && known.column === column);
  app.sectionInfo.textContent = sentence(app, row, column, entry);
}

export function paint(app, lit, hover) {
  const chosen = hover.exact || lit.exact;
  const features = chosen ? chosen.features : [...(hover.words.size ? hover.words : lit.words)];
  const inside = new Set(homes(app, features));
  for (const node of app.sectionCells) {
    const [row, column] = node.dataset.cell.split(",").map(Number);
    const spanned = inside.has(row) && inside.has(column) && (inside.size === 1 || row !== column);
    node.classList.toggle("on", spanned && features.length > 1);
  }
  const mark = (f) => svg("path", { class: "mini-mark", d: `M${app.miniX(f + 0.5)},8 l-5,-8 h10 z` });
  app.miniMarks.replaceChildren(...features.map(mark));
}
