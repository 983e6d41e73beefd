// What the filters let through. Every picture draws from it, so that none shows what another leaves out.

import { passes } from "./state.js";

const BADGED = 12; // groups whose number stands on their members

// Returns rows (strongest first), groups (those with a number), weak (what hardly reappears: listed apart, never drawn),
// badges (of each feature, rising) and muted (features whose colour the filters take away).
export function passing(app) {
  const through = app.data.table.rows.filter((row) => passes(app, row));
  const rows = through.filter((row) => !row.weak);
  const groups = rows.filter((row) => row.number);
  const badges = Array.from({ length: app.data.n }, () => []);
  for (const { number, features } of groups.slice(0, BADGED)) for (const f of features) badges[f].push(number);
  return { rows, groups, weak: through.filter((row) => row.weak), badges, muted: muted(app, rows) };
}

// Colours are of single features, whatever sizes are listed: the sign is asked of them, a word of what is listed.
function muted(app, rows) {
  const { sign, word } = app.state;
  const without = new Set();
  if (!sign && !word) return without;
  const named = new Set(rows.flatMap((row) => row.features));
  app.data.heat.tints.forEach((tint, f) => {
    if ((sign && Math.sign(tint) !== sign) || (word && !named.has(f))) without.add(f);
  });
  return without;
}
