// Which features of A and of B, and which rows, a row or a word stands for.
//
// A target is {row}, the place of a row in the data, or {side, feature} with side 0 for A and 1 for B.

import { KEYS } from "./side.js";

export function lightOf(data, target) {
  const lit = { words: [new Set(), new Set()], rows: new Set(), near: new Set() };
  if (!target) return lit;
  if (target.row === undefined) lightWord(data, target, lit);
  else lightRow(data, target.row, lit);
  return lit;
}

function lightRow(data, at, lit) {
  lit.rows.add(at);
  KEYS.forEach((key, side) => {
    for (const f of data.rows[at][key].features) lit.words[side].add(f);
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
