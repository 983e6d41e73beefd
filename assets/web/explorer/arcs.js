// The selected interaction only: a star from one hub, because all members act at once.

import { svg } from "../common/dom.js";
import { signClass } from "../common/features.js";
import { clamp } from "../common/numbers.js";
import { resolve } from "./state.js";

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
  const { exact } = resolve(app, app.state.selection);
  if (!exact) return;
  if (app.data.picture) overPicture(app, exact);
  else overText(app, exact);
}

function cover(app, frame) {
  app.arcs.setAttribute("width", frame.width);
  app.arcs.setAttribute("height", frame.height);
}

function overText(app, row) {
  const frame = app.heatBox.getBoundingClientRect();
  const words = row.features.map((f) => app.words[f]).filter((node) => node?.isConnected);
  const boxes = words.map((node) => node.getClientRects()[0]).filter(Boolean); // none as long as the page is not shown
  if (boxes.length < 2) return;
  const tops = boxes.map((box) => [box.left + box.width / 2 - frame.left, box.top - frame.top]);
  const highest = Math.min(...tops.map(([, y]) => y));
  const [hubX, hubY] = [tops.reduce((sum, [x]) => sum + x, 0) / tops.length, Math.max(5, highest - 16)];
  cover(app, frame);
  const style = `arc ${signClass(row.push)}`;
  for (const [x, y] of tops) {
    const lift = Math.min(hubY, y) - 4;
    const d = `M${hubX},${hubY} C${(hubX + x) / 2},${lift} ${x},${lift} ${x},${y}`;
    app.arcs.append(svg("path", { class: style, d }));
  }
  app.arcs.append(svg("circle", { class: `${style} hub`, cx: hubX, cy: hubY, r: 4 }));
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
