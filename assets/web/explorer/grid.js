// The grid of a picture: its patches and the lines between them.

import { el, svg } from "../common/dom.js";

// The patches, each in its place.
export function cells({ columns, rows }, nodes) {
  const across = `grid-template-columns:repeat(${columns},minmax(0,1fr))`;
  const down = `grid-template-rows:repeat(${rows},minmax(0,1fr))`;
  return el("div", { class: "cells", style: `${across};${down}` }, nodes);
}

// Lines between the patches.
export function gridLines({ columns, rows }) {
  const between = (count, line) => Array.from({ length: count - 1 }, (_, at) => line(at + 1)).join("");
  const d = between(columns, (x) => `M${x},0V${rows}`) + between(rows, (y) => `M0,${y}H${columns}`);
  return svg(
    "svg",
    { class: "lines", viewBox: `0 0 ${columns} ${rows}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("path", { class: "under", d }),
    svg("path", { class: "over", d }),
  );
}
