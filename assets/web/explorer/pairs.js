// Which two features act together, for the features that matter most.

const MOST_FEATURES = 24;

// Of some groups: `features` in reading order, those of the largest total strength; `cells`, a and b with the row of the
// pair itself (null where it has none) and how many groups of three or more hold both; `largest` strength of a pair.
export function pairsOf(groups) {
  const features = strongest(groups);
  const kept = new Set(features);
  const cells = new Map();
  for (const row of groups) {
    const members = row.features.filter((f) => kept.has(f));
    for (const [at, a] of members.entries()) for (const b of members.slice(at + 1)) count(cells, a, b, row);
  }
  const pairs = [...cells.values()].filter(({ row }) => row).map(({ row }) => Math.abs(row.value));
  return { features, cells: [...cells.values()], largest: Math.max(0, ...pairs) };
}

function count(cells, a, b, row) {
  const key = `${a},${b}`;
  const cell = cells.get(key) || { a, b, row: null, larger: 0 };
  if (row.order === 2) cell.row = row;
  else cell.larger += 1;
  cells.set(key, cell);
}

function strongest(groups) {
  const weight = new Map();
  for (const row of groups) for (const f of row.features) weight.set(f, (weight.get(f) || 0) + Math.abs(row.value));
  const ranked = [...weight].sort(([f, mine], [g, other]) => other - mine || f - g);
  return ranked
    .slice(0, MOST_FEATURES)
    .map(([f]) => f)
    .sort((a, b) => a - b);
}
