// An output of the model as a probability, which everybody reads, or in the model's own log-odds: one choice for the
// whole page. Effects stay in the model's unit, in which they add up.

import { signed } from "./numbers.js";

const KEPT = "spex-outputs"; // in the browser's session

let chosen = "";

// "probability" or "log".
export function reading() {
  if (!chosen) chosen = remembered() === "log" ? "log" : "probability";
  return chosen;
}

export function read(as) {
  chosen = as;
  try {
    sessionStorage.setItem(KEPT, as);
  } catch {} // a page that may keep nothing still switches
}

function remembered() {
  try {
    return sessionStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

// As `probability` in views/outputs.py: null where the unit is none in disguise.
export function probability(value, unit) {
  if (unit === "log-odds") return 1 / (1 + Math.exp(-value));
  if (unit === "log-probability") return Math.exp(value);
  return unit === "probability" || unit === "share of replies" ? value : null;
}

export const inPercent = (outcome) => outcome.bar && (!outcome.two_ways || reading() === "probability");

// As `share` in views/outputs.py; a prediction may leave the range.
export function percent(share) {
  const value = 100 * share;
  if (value < -0.005) return "below 0 %";
  if (value > 100.05) return "above 100 %";
  if (value < 0.01) return "below 0.01 %";
  if (value >= 99.95) return value >= 100 ? "100 %" : "above 99.9 %";
  const small = value >= 0.995 ? 1 : 2;
  return `${value.toFixed(value >= 9.95 && value < 99 ? 0 : small)} %`;
}

// An output; with its unit where that is one of two.
export function outputText(outcome, value, scale) {
  if (inPercent(outcome)) return percent(probability(value, outcome.unit));
  return signed(value, scale);
}

export const withUnit = (outcome, value) =>
  outcome.two_ways && !inPercent(outcome)
    ? `${outputText(outcome, value)} ${outcome.unit}`
    : outputText(outcome, value);

// From one output to another: percentage points, or a number in the model's unit.
export function changeText(outcome, from, to, scale) {
  if (!inPercent(outcome)) return signed(to - from, scale);
  return `${points(probability(to, outcome.unit) - probability(from, outcome.unit))} points`;
}

// How far two outputs are apart, and how far they may be: `band` each way around the first.
export function gapText(outcome, from, to, scale) {
  return changeText(outcome, from, to, scale).replace(/^[+−]/, "");
}

export function bandText(outcome, around, band, scale) {
  if (!inPercent(outcome)) return signed(band, scale).replace("+", "");
  const [low, middle, high] = [around - band, around, around + band].map((x) => probability(x, outcome.unit));
  return `${points(Math.max(high - middle, middle - low)).replace("+", "")} points`;
}

function points(difference) {
  const value = 100 * difference;
  return signed(value, Math.abs(value) >= 9.95 ? 100 : 10);
}
