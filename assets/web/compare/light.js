// Which features of A and of B, and which rows, a row or a word stands for.
//
// A target is {row}, the place of a row in the data, {side, feature} with side 0 for A and 1 for B, or {features}, those
// of A and those of B.

import { KEYS } from "./side.js";

export function lightOf(data, target) {
  const lit = { words: [new Set(), new Set()], rows: new Set(), near: new Set() };
  if (!target) return lit;
  if (target.features) lightNamed(data, target.features, lit);
  else if (target.row === undefined) lightWord(data, target, lit);
  else lightRow(data, target.row, lit);
  return lit;
}

function lightRow(data, at, lit) {
  lit.rows.add(at);
  KEYS.forEach((key, side) => {
    for (const f of data.rows[at][key].features) lit.words[side].add(f);
  });
}

function lightNamed(data, features, lit) {
  for (const at of [0, 1]) for (const f of features[at]) lit.words[at].add(f);
  const same = (row) => KEYS.every((key, at) => String(row[key].features) === String(features[at]));
  data.rows.forEach((row, at) => {
    if (same(row)) lit.near.add(at);
  });
}

function lightWord(data, { side, feature }, lit) {
  lit.words[side].add(feature);
  const partner = data.comparable ? data.partners[side][feature] : -1;
  if (partner >= 0) lit.words[1 - side].add(partner);
  data.rows.forEach((row, at) => {
    if (row[KEYS[side]].features.includes(feature)) lit.near.add(at);
  });
}

export const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);
