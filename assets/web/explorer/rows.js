// An interaction in words: its value, whom it joins, how often it reappears.

import { effectText, namesText, towardName } from "../common/features.js";

export const valueText = (data, row) => effectText(data, row.value);

export const rowLabel = (data, row) => `${row.number} ${valueText(data, row)}: ${namesText(data, row.features)}`;

export const share = (data, row) => (row.reappears === null ? 1 : row.reappears / data.table.resamples);

export function again(data, row) {
  return row.reappears === null ? "" : `reappears in ${row.reappears} of ${data.table.resamples} resamples`;
}

// What a badge says when it is pointed at.
export function badgeTitle(data, row) {
  return `${row.number}: ${namesText(data, row.features)}\n${valueText(data, row)}, ${towardName(data, row.push)}`;
}

// How many more a press lists, and of how many that are left.
export const moreText = (left, step) => (left > step ? `${step} more of ${left} left` : `${left} more`);
