// One of the two runs: what the model said, how far to trust it, and the input tinted on the scale of both.

import { el, textNode } from "../common/dom.js";
import { badgeNode, signClass } from "../common/features.js";
import { plural } from "../common/numbers.js";
import { cells, gridLines } from "../explorer/grid.js";
import * as Heatmap from "../explorer/heatmap.js";
import * as Segments from "../explorer/segments.js";

export const LETTERS = ["A", "B"];
export const KEYS = ["a", "b"];
const TALLEST = 460; // px of a picture
const DENSE = 300; // patches, from which lines between them are thinner
const MOST_BADGES = 2; // on one patch
const PATCHES = ["patch", "patches"];
const SEGMENTS = ["segment", "segments"];

// What the heatmap of the explorer needs to draw one side; the rows are those of the changes.
export function view(data, at) {
  const side = { ...data.sides[at], index: data.index, scale: data.largest };
  const numbered = data.rows.filter((row) => row.number);
  const rows = numbered.map(({ number, [KEYS[at]]: own }) => [number, { ...own, number }]);
  return { at, data: side, words: [], rowByNumber: new Map(rows), badges: side.badges };
}

export function build(shown, shared) {
  const { data, at } = shown;
  const letter = LETTERS[at];
  shown.box = el("div", { class: "side-input" }, data.picture ? picture(shown) : text(shown));
  markDifferences(shown);
  // Where the scales differ, each side says what its own colours mean.
  const legend = shared ? null : Heatmap.legend({ data, rowByNumber: new Map() });
  const head = el(
    "div",
    { class: "side-head" },
    el("span", { class: "letter", text: letter }),
    el("p", { class: "says" }, data.says.map(pieceNode)),
  );
  const props = { class: "card side", "data-testid": `side-${KEYS[at]}`, "aria-label": letter };
  return el("section", props, head, factsNode(data), legend, shown.box);
}

function pieceNode(piece) {
  if (piece.kind === "strong") return el("strong", { dir: "auto", text: piece.text });
  return textNode(piece.text);
}

function factsNode({ trust, unit }) {
  const detail = trust.detail ? `, ${trust.detail}` : "";
  const value = el("strong", { class: trust.tone, text: trust.value });
  return el("p", { class: "side-facts" }, value, ` ${trust.label}${detail} · in ${unit}`);
}

function text(shown) {
  const { data, at } = shown;
  const node = Heatmap.build(shown, [[0, data.n]]);
  const size = plural(data.n, data.noun, data.nouns);
  node.setAttribute("aria-label", `Input ${LETTERS[at]}, ${size}; arrow keys move, Enter selects`);
  return node;
}

// What only this side has: a line through or under the word, and a tag before each stretch of such words.
function markDifferences({ data, at, words }) {
  const only = new Set(data.only);
  const says = `only in ${LETTERS[at]}`;
  for (const f of data.only) {
    const node = words[f];
    if (!node) continue;
    node.classList.add(at ? "put-in" : "taken-out");
    node.setAttribute("aria-label", `${node.getAttribute("aria-label")}; ${says}`);
    node.title = `${node.title}\n${says}`;
    if (!only.has(f - 1)) node.before(el("span", { class: "edit-tag", "data-n": says, "aria-hidden": "true" }));
  }
}

function picture(shown) {
  const { data, at } = shown;
  const { patches, width, height, image, question, drawn } = data.picture;
  shown.seats = data.picture.segments ? Segments.seatNodes(data.picture, data.heat.tints) : null;
  for (let f = 0; f < patches; f++) shown.words[f] = patchNode(shown, f);
  shown.words[0].tabIndex = 0;
  const widest = Math.round((TALLEST * width) / height);
  const stage = el(
    "div",
    { class: "stage", style: `aspect-ratio:${width}/${height};max-width:${widest}px` },
    image ? el("img", { alt: "", src: image, class: drawn ? "drawn" : null }) : null,
    layers(shown, widest),
  );
  const label = `Picture ${LETTERS[at]}, ${plural(patches, ...(data.picture.segments ? SEGMENTS : PATCHES))}`;
  const dense = patches > DENSE ? " dense" : "";
  return el(
    "div",
    { class: `picture-view${dense}`, "data-mode": "effect" },
    el("div", { class: "flat-picture", role: "group", "aria-label": label }, stage),
    question ? questionNode(shown, patches) : null,
  );
}

// What lies over the image.
function layers({ data, words, seats }, widest) {
  const { segments } = data.picture;
  if (!segments) return [gridLines(data.picture), cells(data.picture, words)];
  const tints = Segments.tintLayer(segments, data.heat.tints);
  Segments.scaleHatching(tints, widest / segments.width);
  return [tints, Segments.outlineLayer(segments, words), Segments.seatLayer(seats)];
}

function questionNode(shown, patches) {
  const passage = el("div", { class: "passage" });
  Heatmap.flow(shown, passage, patches, shown.data.n, true);
  return el("div", { class: "heat question" }, el("span", { class: "faint asked", text: "Question" }), passage);
}

function patchNode({ data, rowByNumber, seats }, f) {
  const { tints } = data.heat;
  const effect = Heatmap.effectLine(data, f);
  const badges = data.badges[f].slice(0, MOST_BADGES).map((number) => badgeNode(rowByNumber.get(number)));
  const tray = badges.length ? el("span", { class: "tray", "aria-hidden": "true" }, badges) : null;
  const props = {
    class: `patch${tints[f] ? ` ${signClass(tints[f])}` : ""}`,
    role: "button",
    tabindex: -1,
    "aria-pressed": "false",
    "data-testid": `patch-${f}`,
    "data-f": f,
    "data-i": f,
    "aria-label": `${Segments.pieceNoun(data.picture)} ${data.labels[f]}: ${effect}`,
    title: `${data.labels[f]}\n${effect}`,
    "--t": Math.abs(tints[f]).toFixed(3),
  };
  if (!seats) return el("div", props, tray);
  if (tray) seats[f].append(tray);
  seats[f].classList.toggle("taken", Boolean(tray));
  return Segments.shapeNode(props, data.picture.segments.paths[f]);
}

// A word that is out of sight comes into it; the page itself stays where it is.
export function show({ box, words }, features) {
  const node = features.map((f) => words[f]).find(Boolean);
  if (!node || box.scrollHeight <= box.clientHeight + 2) return;
  const frame = box.getBoundingClientRect();
  const rect = node.getBoundingClientRect();
  if (rect.top < frame.top || rect.bottom > frame.bottom) box.scrollTop += rect.top - frame.top - frame.height / 3;
}
