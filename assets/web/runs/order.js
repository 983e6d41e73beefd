// Search and order of the runs.

import { calledText, words } from "./rows.js";

export const COLUMNS = [
  { key: "run", title: "Run", place: "what", text: calledText },
  { key: "model", title: "Model and target", place: "asked", text: (row) => `${row.model}\n${row.target}` },
  { key: "passes", title: "Passes", place: "passes num" },
  { key: "r2", title: "R²", place: "r2 num" },
  { key: "time", title: "Time", place: "time num" },
  { key: "state", title: "State", place: "state", text: (row) => row.label },
  { key: "at", title: "Started", place: "at num" },
]; // those without a text hold numbers, which stand highest first

const COLLATOR = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

const columnOf = (key) => COLUMNS.find((column) => column.key === key);

export const isColumn = (key) => columnOf(key) !== undefined;

export const firstWay = (key) => (columnOf(key).text ? "asc" : "desc");

// The ways to order by a column, and how each is called.
export function ways({ key, title, text }) {
  if (key === "at") return { desc: "newest first", asc: "oldest first" };
  if (text) return { asc: title };
  return { desc: `${title}, highest first`, asc: `${title}, lowest first` };
}

// The runs in which every word of the query is found, pinned ones first, then by the column.
export function listed(rows, query, column, way) {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = rows.filter((row) => {
    const all = words(row);
    return wanted.every((word) => all.includes(word));
  });
  const compare = comparison(column, way === "asc" ? 1 : -1);
  return found.sort((a, b) => b.pinned - a.pinned || compare(a, b));
}

function comparison(column, sign) {
  const { text } = columnOf(column);
  if (text) return (a, b) => sign * COLLATOR.compare(text(a), text(b));
  return ({ by: { [column]: a } }, { by: { [column]: b } }) => {
    if (a === null || b === null) return (a === null) - (b === null); // what has no value stands last either way
    return sign * (a - b);
  };
}
