// The mark of a cell: area is strength; a disc is positive, a square negative, and where there is room the sign is
// written in it.

import { svg } from "../common/dom.js";
import { signClass } from "../common/features.js";

const READABLE = 11; // px from which a sign can be read

export function signedMark(x, y, cell, share, push) {
  const sign = signClass(push);
  const side = Math.max(4.5, (cell - 4) * Math.sqrt(share));
  const place = { x: x + (cell - side) / 2, y: y + (cell - side) / 2, width: side, height: side };
  const glyph = { class: "glyph", x: x + cell / 2, y: y + cell / 2 + 4, "text-anchor": "middle" };
  return svg(
    "g",
    { class: sign },
    svg("rect", { class: `square ${sign}`, ...place, rx: push > 0 ? side / 2 : 1.5 }),
    side >= READABLE ? svg("text", { ...glyph, text: push < 0 ? "−" : "+" }) : null,
  );
}
