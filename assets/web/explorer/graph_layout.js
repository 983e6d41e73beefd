// Where the graph puts words and groups: features on one side, groups on the other, because an edge between two words
// cannot show that three act together.

const MOST_GROUPS = 20;

// Of the strongest groups. Features keep the reading order; each group sits near the middle of its members as far as the
// others leave room (one barycentre sweep), which keeps crossings few. Both are [[feature or row, y]], y from 0 to 1.
export function graphOf(groups) {
  const rows = groups.slice(0, MOST_GROUPS);
  const members = [...new Set(rows.flatMap((row) => row.features))].sort((a, b) => a - b);
  const place = new Map(members.map((f, at) => [f, spread(at, members.length)]));
  const middle = (row) => row.features.reduce((sum, f) => sum + place.get(f), 0) / row.order;
  const ordered = [...rows].sort((a, b) => middle(a) - middle(b) || a.number - b.number);
  return { features: [...place], groups: ordered.map((row, at) => [row, spread(at, ordered.length)]) };
}

const spread = (at, count) => (at + 0.5) / count;
