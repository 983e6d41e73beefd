// The input itself: every character of it, each feature tinted by its effect, badges under the members of the
// strongest interactions.

import { el, svg, textNode } from "../common/dom.js";
import { effectText, nameText, signClass, towardName } from "../common/features.js";
import { plural } from "../common/numbers.js";
import { tray } from "./tray.js";

const NO_SPACES = /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]/;
const LONG = 26; // characters from which a feature flows over lines instead of standing as one box
const MOST_BADGES = 4; // under one word

export function build(app, ranges) {
  const { data } = app;
  const box = el("div", {
    class: "heat",
    "data-testid": "heatmap",
    role: "group",
    "aria-label": `Input, ${plural(data.n, data.noun, data.nouns)}; arrow keys move, Enter selects, Shift+Enter hides`,
  });
  app.words = new Array(data.n);
  const whole = ranges.length === 1 && ranges[0][0] === 0 && ranges[0][1] === data.n;
  for (const [start, end, title] of ranges) {
    const passage = el("div", { class: "passage" });
    if (title) box.append(el("div", { class: "passage-title", text: title }));
    flow(app, passage, start, end, whole);
    box.append(passage);
  }
  app.arcs = svg("svg", { class: "arcs", "aria-hidden": "true" });
  box.append(app.arcs);
  app.heatBox = box;
  const first = app.words.find(Boolean);
  if (first) first.tabIndex = 0;
  return box;
}

// Words and what stands between them. Paragraphs are blocks of their own, so that each finds its own direction.
export function flow(app, passage, start, end, whole) {
  const { gaps, texts } = app.data.heat;
  const paragraph = () => el("div", { class: "para", dir: "auto" });
  let line = paragraph();
  let glue = null;
  passage.append(line);
  const write = (text) => {
    for (const piece of text.split(/(?<=\n)/)) {
      if (piece === "") continue;
      glue = null;
      line.append(textNode(piece));
      if (!piece.endsWith("\n")) continue;
      if (/^\s*$/.test(line.textContent)) line.classList.add("blank");
      line = paragraph();
      passage.append(line);
    }
  };
  for (let i = start; i < end; i++) {
    if (i > start || whole || start === 0) write(gaps[i]);
    const node = wordNode(app, i);
    // Punctuation and word pieces stay on the line of what they belong to.
    if (i > start && gaps[i] === "" && belongs(texts[i - 1], texts[i])) {
      glue = glue || wrapped(app.words[i - 1]);
      glue.append(node);
    } else {
      glue = null;
      line.append(node);
    }
  }
  if (whole || end === app.data.n) write(gaps[end]);
  if (!line.textContent && passage.childNodes.length > 1) line.remove();
}

const belongs = (before, text) => !NO_SPACES.test(text + before) && text.length + before.length < LONG;

function wrapped(node) {
  const glue = el("span", { class: "glue" });
  node.replaceWith(glue);
  glue.append(node);
  return glue;
}

function wordNode(app, i) {
  const { data } = app;
  const { texts, tints } = data.heat;
  const long = texts[i].length >= LONG || /sentence|paragraph/.test(data.noun);
  const node = el(
    "span",
    {
      class: `w${tints[i] ? ` ${signClass(tints[i])}` : ""}`,
      role: "button",
      tabindex: -1,
      "aria-pressed": "false",
      "data-testid": `word-${i}`,
      "data-f": i,
      "data-mark": "word",
      "data-i": i,
      title: `${nameText(data, i)}\n${effectLine(data, i)}`,
      "--t": Math.abs(tints[i]).toFixed(3),
    },
    texts[i],
  );
  node.classList.toggle("long", long);
  app.words[i] = node;
  badge(app, i);
  node.classList.toggle("muted", Boolean(app.passing?.muted.has(i)));
  return node;
}

// What a feature does by itself, in words.
export function effectLine(data, i) {
  const { tints, values } = data.heat;
  return values[i] ? `${effectText(data, values[i])}, ${towardName(data, tints[i])}` : "no effect by itself";
}

// Puts the badges on a word that the filters leave it.
export function badge(app, i) {
  const { data } = app;
  const node = app.words[i];
  const text = data.heat.texts[i];
  const numbers = app.badges[i];
  const shown = numbers.slice(0, MOST_BADGES);
  const groups = numbers.length ? `; interactions ${numbers.join(", ")}` : "";
  node.setAttribute("aria-label", `${text}: ${effectLine(data, i)}${groups}`);
  node.style.setProperty("--badges", shown.length);
  node.replaceChildren(textNode(text));
  if (!shown.length) return;
  addTray(node, text, tray(app, shown, numbers.length - shown.length), node.classList.contains("long"));
}

// The badges of a feature that flows over lines stay on the line of its last word.
function addTray(node, text, badges, long) {
  const last = long ? text.search(/\S+\s*$/) : 0;
  const end = () => el("span", { class: "last" }, text.slice(last), badges);
  if (last > 0) node.replaceChildren(textNode(text.slice(0, last)), end());
  else node.append(badges);
}

export function legend(app) {
  const { toward, nothing, heat, noun } = app.data;
  const props = { class: "legend", "data-testid": "legend" };
  if (nothing && !app.rowByNumber.size && !heat.values.some((value) => value))
    return el("div", props, el("span", { class: "faint", text: `no colour: no ${noun} has an effect that is listed` }));
  const [falling, rising] = toward;
  return el(
    "div",
    props,
    el("span", null, el("i", { class: "swatch pos", text: "+" }), el("span", { text: `towards ${rising}` })),
    el("span", null, el("i", { class: "swatch neg", text: "−" }), el("span", { text: `towards ${falling}` })),
    app.rowByNumber.size ? el("span", { class: "faint", text: "same number = act together" }) : null,
  );
}

// Where an arrow key leads from a word: in reading order, and to the nearest word of the next line.
export function move(app, from, key) {
  const first = app.data.picture ? app.data.picture.patches : 0;
  const words = app.words.map((node, i) => (node?.isConnected ? i : -1)).filter((i) => i >= first);
  const at = words.indexOf(from);
  if (key === "Home") return words[0];
  if (key === "End") return words[words.length - 1];
  if (key === "ArrowLeft" || key === "ArrowRight") {
    const rtl = getComputedStyle(app.words[from].closest(".para")).direction === "rtl";
    return words[at + ((key === "ArrowRight") !== rtl ? 1 : -1)];
  }
  const ahead = key === "ArrowDown" ? words.slice(at + 1) : words.slice(0, at).reverse();
  const box = (i) => app.words[i].getBoundingClientRect();
  return nearest(box(from), ahead, box);
}

// The word of the first line among `ahead` that is not the line of `here`, whose middle is nearest.
function nearest(here, ahead, box) {
  let best;
  let distance = Infinity;
  let line = null;
  for (const i of ahead) {
    const rect = box(i);
    if (Math.abs(rect.top - here.top) < here.height / 2) continue;
    if (line !== null && Math.abs(rect.top - line) > here.height / 2) break;
    line = rect.top;
    const gap = Math.abs(rect.left + rect.width / 2 - here.left - here.width / 2);
    if (gap >= distance) continue;
    best = i;
    distance = gap;
  }
  return best;
}
