// Which interactions are drawn over the input: over a picture the selected one, as a star from one hub, because all
// members act at once; over a text the strongest too, as brackets that run between the lines and strike out no word.

import { el, svg } from "../common/dom.js";
import { keyOf, signClass } from "../common/features.js";
import { clamp } from "../common/numbers.js";
import { ALWAYS, resolve } from "./state.js";

const COUNTS = [ALWAYS, 8, 0]; // groups drawn, as one press after another changes it
const STEP = 4; // px between brackets over one line
const LANES = 5; // brackets one above the other
const CORNER = 4; // px
const MARGIN = 5; // px left of the text, where brackets lead from line to line
const DENSE = 22; // px of a patch, below which lines and tips are thinner
const CLEAR = 20; // px from a hub to the next member
const ASIDE = [
  [0, 0],
  [0, 1],
  [0, -1],
  [1, 0],
  [-1, 0],
  [0, 2],
  [0, -2],
  [2, 0],
  [-2, 0],
]; // steps from the middle, in the order in which they are tried

export function drawArcs(app) {
  app.arcs.replaceChildren();
  const lit = resolve(app, app.state.selection);
  if (app.data.picture) {
    if (lit.exact && !lit.exact.weak) overPicture(app, lit.exact);
  } else overText(app, lit);
}

export const nextCount = (count) => COUNTS[(COUNTS.indexOf(count) + 1) % COUNTS.length];

// How many arcs are drawn, and what changes it.
export function control(app) {
  const { state } = app;
  const text = () => (state.arcs ? `${state.arcs} arcs` : "no arcs");
  const onclick = () => {
    state.arcs = nextCount(state.arcs);
    button.textContent = text();
    app.paint();
  };
  const tip = `Lines over the words of the strongest groups: ${COUNTS.join(", ")}`;
  const button = el("button", {
    class: "link",
    type: "button",
    "data-testid": "arcs",
    "data-tip": tip,
    text: text(),
    onclick,
  });
  return button;
}

// The strongest groups that the filters let through, and the selected one.
export function drawnRows({ passing, state }, exact) {
  const rows = passing.groups.slice(0, state.arcs);
  return exact && !exact.weak && !rows.includes(exact) ? [...rows, exact] : rows;
}

function cover(app, frame) {
  app.arcs.setAttribute("width", frame.width);
  app.arcs.setAttribute("height", frame.height);
}

function overText(app, { exact, keys }) {
  const rows = drawnRows(app, exact);
  app.heatBox.classList.toggle("with-arcs", app.state.arcs > 0 && rows.length > 0);
  if (!rows.length) return;
  const frame = app.heatBox.getBoundingClientRect();
  cover(app, frame);
  const taken = []; // stretches of the lines that have a bracket already
  for (const row of rows) {
    const lines = linesOf(app, row, frame);
    if (!lines.length) continue;
    const picked = row === exact || keys.has(keyOf(row.features));
    const style = `arc ${signClass(row.push)}${picked ? " picked" : ""}`;
    app.arcs.append(svg("path", { class: style, d: bracket(lines, taken) }));
    for (const { x, y } of lines.flat())
      app.arcs.append(svg("circle", { class: `${style} foot-dot`, cx: x, cy: y, r: 2.2 }));
  }
}

// The upper middles of a group's members, line by line; nothing as long as fewer than two are to be seen.
function linesOf(app, row, frame) {
  const words = row.features.map((f) => app.words[f]).filter((node) => node?.isConnected);
  const boxes = words.map((node) => node.getClientRects()[0]).filter(Boolean); // none while the page is not shown
  if (boxes.length < 2) return [];
  const lines = [];
  for (const box of boxes) {
    const point = { x: box.left + box.width / 2 - frame.left, y: box.top - frame.top };
    const line = lines.find(([first]) => Math.abs(first.y - point.y) < box.height / 2);
    if (line) line.push(point);
    else lines.push([point]);
  }
  for (const line of lines) line.sort((a, b) => a.x - b.x);
  return lines.sort(([a], [b]) => a.y - b.y);
}

// Over each line a bracket with a foot on every member; from line to line down the margin, where no word stands.
export function bracket(lines, taken) {
  const margin = lines.length > 1 ? -MARGIN : null;
  let d = "";
  let down = null;
  for (const line of lines) {
    const from = margin === null ? line[0].x : Math.min(margin, line[0].x);
    const to = line[line.length - 1].x;
    const { y } = line[0];
    const height = y - STEP * (1.5 + lane(taken, y, from, to));
    const r = Math.min(CORNER, y - height);
    d +=
      margin === null ? `M${from},${y}V${height + r}Q${from},${height} ${from + r},${height}` : `M${margin},${height}`;
    d += `H${to - r}Q${to},${height} ${to},${height + r}V${y}`;
    const between = margin === null ? line.slice(1, -1) : line.slice(0, -1);
    for (const member of between) d += `M${member.x},${height}V${member.y}`;
    if (down !== null) d += `M${margin},${down}V${height}`;
    down = height;
  }
  return d;
}

// The lowest place above a line where no other bracket runs.
function lane(taken, y, from, to) {
  let at = 0;
  const crossed = (other) => other.at === at && Math.abs(other.y - y) < 4 && other.from <= to && from <= other.to;
  while (at < LANES - 1 && taken.some(crossed)) at++;
  taken.push({ at, y, from, to });
  return at;
}

function overPicture(app, row) {
  const frame = app.heatBox.getBoundingClientRect();
  cover(app, frame);
  const ends = row.features.map((f) => centre(app, f, frame));
  const hub = hubOf(app, ends, frame);
  const lines = ends.map((end) => spoke(hub, end));
  const sign = signClass(row.push);
  const dense = Math.min(app.cell.across, app.cell.down) < DENSE;
  app.arcs.classList.toggle("dense-arcs", dense);
  for (const kind of ["casing", "spoke"]) {
    const r = (kind === "spoke" ? 3 : 4.5) - (dense ? 1.2 : 0);
    for (const d of lines) app.arcs.append(svg("path", { class: `${kind} ${sign}`, d }));
    for (const { x, y } of ends) app.arcs.append(svg("circle", { class: `${kind} tip`, cx: x, cy: y, r }));
  }
  const rx = sign === "pos" ? 10 : 5;
  app.arcs.append(
    svg("rect", { class: `hub-badge ${sign}`, x: hub.x - 10, y: hub.y - 10, width: 20, height: 20, rx }),
    svg("text", { class: "glyph", x: hub.x, y: hub.y + 4, "text-anchor": "middle", text: row.number }),
  );
}

// A bent line from the hub to a patch, or from above to a word of the question.
function spoke(hub, end) {
  const bend = 0.16;
  const dx = end.x - hub.x;
  const dy = end.y - hub.y;
  const [x, y] = end.word
    ? [end.x, end.y - Math.abs(dy) * 0.45]
    : [hub.x + dx / 2 - dy * bend, hub.y + dy / 2 + dx * bend];
  return `M${hub.x},${hub.y} Q${x},${y} ${end.x},${end.y}`;
}

function centre(app, f, frame) {
  const word = f >= app.data.picture.patches;
  const rect = (!word && app.seats ? app.seats[f] : app.words[f]).getClientRects()[0];
  return {
    x: rect.left + rect.width / 2 - frame.left,
    y: (word ? rect.top : rect.top + rect.height / 2) - frame.top,
    word,
  };
}

// The middle of the members, moved aside where it would cover one of them.
function hubOf(app, ends, frame) {
  const patches = ends.filter((end) => !end.word);
  const from = patches.length ? patches : ends;
  const mean = (key) => from.reduce((sum, end) => sum + end[key], 0) / from.length;
  const stage = app.stage.getBoundingClientRect();
  const low = { x: stage.left - frame.left + 12, y: stage.top - frame.top + 12 };
  const high = { x: stage.right - frame.left - 12, y: stage.bottom - frame.top - 12 };
  const middle = { x: mean("x"), y: patches.length ? mean("y") : high.y - 18 };
  const step = Math.max(24, 0.75 * Math.min(app.cell.across, app.cell.down));
  const spots = ASIDE.map(([across, down]) => ({
    x: clamp(middle.x + across * step, low.x, Math.max(low.x, high.x)),
    y: clamp(middle.y + down * step, low.y, Math.max(low.y, high.y)),
  }));
  const room = (spot) => Math.min(...ends.map((end) => Math.hypot(end.x - spot.x, end.y - spot.y)));
  const roomier = (best, spot) => (room(spot) > room(best) ? spot : best);
  return spots.find((spot) => room(spot) >= CLEAR) || spots.reduce(roomier);
}
