// Everything about a picture that depends on its width or on how it is looked at: its size, the names along its edges,
// how many badges fit a patch, and what the colours mean.

import { el } from "../common/dom.js";
import { clamp, unsigned } from "../common/numbers.js";
import { erase } from "./erasing.js";
import * as Heatmap from "./heatmap.js";
import { rowName } from "./patches.js";
import { roomAt, scaleHatching } from "./segments.js";
import { tray } from "./tray.js";

const MODES = [
  ["effect", "Effect"],
  ["influence", "Influence"],
  ["original", "Original"],
];
const TALLEST = 620; // px: with the answer above, a picture and what it says fit one screen
const GUTTER = 18; // px for row letters and column numbers
const INFLUENCE =
  "root mean square change of the output when only this feature is switched: interactions count, signs do not cancel";

// The head of the card: how to look at the picture, and what the colours mean.
export function head(app) {
  app.modeChips = MODES.map(([name, title]) =>
    el("button", {
      class: "chip",
      type: "button",
      "data-mode": name,
      "data-testid": `mode-${name}`,
      text: title,
      onclick: () => {
        app.state.mode = name;
        paintMode(app);
      },
    }),
  );
  app.legendSlot = el("div");
  const chips = { class: "chips", role: "group", "aria-label": "What the picture shows" };
  return el("div", { class: "head" }, el("div", chips, app.modeChips), app.legendSlot);
}

function paintMode(app) {
  const { mode } = app.state;
  app.heatBox.dataset.mode = mode;
  for (const chip of app.modeChips) chip.setAttribute("aria-pressed", String(chip.dataset.mode === mode));
  app.legendSlot.replaceChildren(mode === "effect" ? Heatmap.legend(app) : legend(app.data, mode));
}

function legend(data, mode) {
  const props = { class: "legend", "data-testid": "legend" };
  if (mode === "original") return el("div", props, el("span", { text: "the picture as the model saw it" }));
  const largest = Math.max(...data.picture.influence);
  if (!largest) return el("div", props, el("span", { class: "faint", text: data.nothing.effects }));
  const scale = ["moves the output by 0", el("i", { class: "ramp" }), unsigned(largest)];
  return el("div", props, el("span", { title: INFLUENCE }, scale));
}

export function layout(app) {
  const { columns, rows, width, drawn, segments, patches } = app.data.picture;
  const [wide, tall] = size(app.data.picture, app.heatBox.clientWidth);
  app.stage.style.width = `${wide}px`;
  app.stage.style.height = `${tall}px`;
  const side = Math.sqrt((wide * tall) / patches); // of a segment, were it a square
  app.cell = segments ? { across: side, down: side } : { across: wide / columns, down: tall / rows };
  app.mapScale = segments ? wide / segments.width : 1; // pixels of the screen for one of the map of segments
  if (segments) scaleHatching(app.tints, app.mapScale);
  const smaller = Math.min(app.cell.across, app.cell.down);
  // Drawn pixels stay pixels, but only where each gets two or more of the screen's.
  app.image.classList.toggle("drawn", drawn && wide * (window.devicePixelRatio || 1) >= 2 * width);
  app.picture.classList.toggle("dense", smaller < 22);
  app.picture.style.setProperty("--cell", `${smaller.toFixed(1)}px`);
  app.picture.classList.toggle("edgeless", Boolean(segments));
  if (!segments) nameEdges(app, wide, tall);
  addBadges(app);
  nameGroups(app);
  paintMode(app);
  erase(app);
}

// [width, height] of the picture on the screen in a card with so much room.
export function size({ width, height, drawn }, available) {
  const room = Math.max(120, available - GUTTER);
  const most = Math.max(drawn ? Infinity : 3 * width, 480);
  const wide = Math.floor(Math.max(60, Math.min(room, (TALLEST * width) / height, most)));
  return [wide, (wide * height) / width];
}

function nameEdges(app, wide, tall) {
  const { labels, picture } = app.data;
  const { across, down } = app.cell;
  const { columns, rows } = picture;
  app.columnNames.style.width = `${wide}px`;
  app.columnNames.replaceChildren(...nameNodes(columns, across, 18, (column) => String(column + 1)));
  app.rowNames.style.height = `${tall}px`;
  app.rowNames.replaceChildren(...nameNodes(rows, down, 15, (row) => rowName(labels[row * columns])));
}

// As many names as there are rows or columns, those empty for which there is no room.
function nameNodes(count, pixels, least, name) {
  const step = [1, 2, 4, 5, 8, 10, 16, 32].find((k) => k * pixels >= least) || 64;
  return Array.from({ length: count }, (_, at) => el("span", { text: at % step ? "" : name(at) }));
}

function addBadges(app) {
  const { badges } = app;
  const { picture } = app.data;
  const small = Math.min(app.cell.across, app.cell.down) < 30;
  app.picture.classList.toggle("small-badges", small);
  for (let i = 0; i < picture.patches; i++) {
    const node = app.seats ? app.seats[i] : app.words[i];
    const fits = fitting(app, i, small);
    node.replaceChildren();
    const numbers = small ? badges[i].slice(0, fits) : badges[i];
    const some = numbers.length > 0 && fits > 0;
    node.classList.toggle("taken", some);
    if (!some) continue;
    const shown = numbers.length > fits ? numbers.slice(0, Math.max(1, fits - 1)) : numbers;
    node.append(tray(app, shown, fits > 1 ? numbers.length - shown.length : 0));
  }
}

// What a patch says of the groups it belongs to.
function nameGroups({ badges, words, data }) {
  for (let i = 0; i < data.picture.patches; i++) {
    const label = words[i].getAttribute("aria-label").split("; interactions ")[0];
    words[i].setAttribute("aria-label", badges[i].length ? `${label}; interactions ${badges[i].join(", ")}` : label);
  }
}

// How many badges have room in a patch, or in a segment around its seat.
function fitting({ cell, data, mapScale, seats }, i, small) {
  const across = seats ? 2 * roomAt(data.picture, i, mapScale) : cell.across;
  if (Math.min(across, cell.down) < 14) return 0;
  return clamp(Math.floor((across - 3) / (small ? 14 : 18)), 1, 3);
}
