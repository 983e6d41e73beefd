// Computed colours come as rgb(), color(srgb …) or a colour space's own name; files get #rrggbb and an opacity.

import { el } from "../../common/dom.js";
import { clamp } from "../../common/numbers.js";

const ANY = /(?:rgba?|color|oklab|oklch|lab|lch|hsla?)\([^()]*\)|#[0-9a-f]{3,8}\b|\btransparent\b/gi;

const known = new Map(); // computed colour -> [red, green, blue, alpha]

// The colours in a computed value, such as a gradient, in their order.
export const coloursIn = (value, opacity) => (value.match(ANY) || []).map((text) => colourOf(text, opacity));

export function colourOf(text, opacity) {
  if (!text || text === "none") return { text: "none", opacity: 0 };
  if (!known.has(text)) known.set(text, parsed(text) || painted(text));
  const [red, green, blue, alpha] = known.get(text);
  const hex = [red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("");
  return { text: `#${hex}`, opacity: alpha * opacity };
}

// [red, green, blue, alpha] of rgb() and color(srgb …), null for other notations.
export function parsed(text) {
  const scale = /^rgba?\(/.test(text) ? 1 : 255;
  if (scale === 255 && !text.startsWith("color(srgb ")) return null;
  const [red, green, blue, alpha = 1] = (text.match(/-?[\d.]+(?:e-?\d+)?/g) || []).map(Number);
  return [...[red, green, blue].map((part) => clamp(Math.round(scale * part), 0, 255)), alpha];
}

function painted(text) {
  const pen = el("canvas", { width: 1, height: 1 }).getContext("2d");
  pen.fillStyle = text;
  pen.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, alpha / 255];
}
