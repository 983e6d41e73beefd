// The waterfall: from everything hidden to the answer, single features and pairs in order of size, the rest as one bar.

import { el, svg } from "../common/dom.js";
import { keyOf, nameLabel, namesText, signClass, towardName } from "../common/features.js";
import { axis, clip, counted, plural, signed } from "../common/numbers.js";
import { percent, probability } from "../common/outputs.js";
import { nothing } from "./nothing.js";

const LINE = 30; // px from one step to the next
const BAR = 16;
const TOP = 6;
const WIDEST = 1100; // px
const NARROW = 560; // px, below which names are shorter
const LETTER = 7.4; // px, of a name

// [{kind, name, features, from, to, value}] from the first output to the answer: every bar starts where the last ends.
export function stepsOf(data) {
  const { start, end, steps, rest, others, missed } = data.waterfall;
  const bars = [{ kind: "end", name: "all hidden", features: [], from: start, to: start, value: start }];
  let at = start;
  const add = (kind, name, features, value) => {
    bars.push({ kind, name, features, from: at, to: at + value, value });
    at += value;
  };
  for (const { features, value } of steps) add("step", namesText(data, features), features, value);
  const seen = 0.5 * 10 ** -digits(data);
  if (others > 0 && (Math.abs(rest) >= seen || !steps.length)) add("rest", plural(others, "other", "others"), [], rest);
  if (Math.abs(missed) >= seen) add("rest", "not explained", [], missed);
  bars.push({ kind: "end", name: "the answer", features: [], from: end, to: end, value: end });
  return bars;
}

const scaleOf = ({ waterfall: { start, end, steps } }) =>
  Math.max(Math.abs(start), Math.abs(end), ...steps.map((step) => Math.abs(step.value)));
const digits = (data) => (signed(scaleOf(data), scaleOf(data)).split(".")[1] || "").length;

// An output beside its value: what a log-odds is as a probability.
export function outputText(data, value) {
  const text = signed(value, scaleOf(data));
  if (data.value_unit !== "log-odds") return text;
  return `${text} (${percent(probability(value, data.value_unit))})`;
}

export function build(app, width) {
  const { data } = app;
  const { start, end, steps, others } = data.waterfall;
  if (!steps.length && !others && start === end) return nothing(data.nothing.effects);
  const bars = stepsOf(data);
  const place = layout(bars, width, Math.max(...bars.map((bar) => longest(data, bar))));
  const height = TOP + bars.length * LINE + 4;
  const props = { class: "waterfall", width: place.total, height, role: "group", "aria-label": "Waterfall" };
  const picture = svg("svg", props);
  const zero = place.x(0);
  picture.append(svg("line", { class: "zero-line", x1: zero, x2: zero, y1: TOP, y2: height - 4 }));
  bars.forEach((bar, at) => {
    const next = bars[at + 1];
    if (next) picture.append(joint(place.x(bar.to), at));
    picture.append(barNode(data, bar, at, place));
  });
  return el(
    "div",
    { class: "scroll" },
    picture,
    el("p", { class: "foot", "data-testid": "waterfall-says" }, says(data)),
  );
}

const longest = (data, bar) => (bar.features.length ? namesText(data, bar.features) : bar.name).length;

function layout(bars, width, letters) {
  const total = Math.max(280, Math.min(width, WIDEST));
  const left = Math.min(total * (total < NARROW ? 0.34 : 0.4), 24 + LETTER * letters);
  const right = total < NARROW ? 62 : 184; // as wide as the longest output, "+14.5 (above 99.9 %)"
  const [low, high] = axis(bars.flatMap((bar) => [bar.from, bar.to]));
  const span = total - left - right;
  return { total, left, x: (value) => left + (span * (value - low)) / (high - low), right: total - right + 10 };
}

// Leads from the end of one bar to the start of the next.
function joint(x, at) {
  const y = TOP + (at + 0.5) * LINE;
  return svg("line", { class: "joint", x1: x, x2: x, y1: y, y2: y + LINE });
}

function barNode(data, bar, at, place) {
  const y = TOP + (at + 0.5) * LINE;
  const { left, total, x, right } = place;
  const text = bar.kind === "end" ? outputText(data, bar.value) : signed(bar.value, scaleOf(data));
  const sign = signClass(bar.value);
  const [from, to] = [x(bar.from), x(bar.to)].sort((a, b) => a - b);
  const own = bar.features.length
    ? { "data-f": keyOf(bar.features), "data-mark": "pair", role: "button", tabindex: at === 1 ? 0 : -1 }
    : { role: "img" };
  const toward = bar.kind === "end" ? "" : `, ${towardName(data, bar.value)}`;
  const label = `${bar.name}: ${text}${toward}`;
  const narrow = total < NARROW;
  const most = Math.max(4, Math.floor((left - 22) / LETTER));
  const called = bar.features.length === 1 ? nameLabel(data, bar.features[0], most) : clip(bar.name, most);
  const mark =
    bar.kind === "end"
      ? svg("path", { class: "output", d: `M${x(bar.to)},${y - 9} l6,9 l-6,9 l-6,-9 z` })
      : svg("rect", {
          class: `fall ${sign} ${bar.kind}`,
          x: from,
          y: y - BAR / 2,
          width: Math.max(1.5, to - from),
          height: BAR,
          rx: 2,
        });
  return svg(
    "g",
    { class: `wstep ${bar.kind}`, "aria-label": label, "data-tip": label, "data-testid": `fall-${at}`, ...own },
    svg("rect", { class: "band", x: 0, y: y - LINE / 2 + 1, width: total, height: LINE - 2, rx: 4 }),
    svg("text", { class: "label", x: left - 10, y: y + 4, "text-anchor": "end", text: called }),
    mark,
    svg("text", { class: "value", x: right, y: y + 4, text: narrow ? text.replace(/ \(.*/, "") : text }),
  );
}

// Whose numbers these are: not those of the table, unless by chance.
export function says(data) {
  const { index, order, others, missed } = data.waterfall;
  const sizes = order === 1 ? `single ${data.nouns}` : `single ${data.nouns} and pairs`;
  const rest = others > 0 ? ` The ${counted(others)} others are one bar.` : "";
  const gap =
    Math.abs(missed) >= 0.5 * 10 ** -digits(data) ? " What the prediction misses at both ends is the last one." : "";
  return (
    `${index} values of ${sizes}, of the full prediction, in ${data.value_unit}: the only ones here that add up from ` +
    `everything hidden to the answer, so they are not the numbers of the table.${rest}${gap}`
  );
}
