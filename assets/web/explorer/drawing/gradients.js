// The page has three kinds of gradient: a stripe every few pixels, both along and across, and a ramp from nothing.

import { svg } from "../../common/dom.js";
import { digits } from "./attributes.js";
import { coloursIn } from "./colours.js";

const FAINTEST = 0.005;
const LAYERS = /,\s*(?=(?:repeating-)?linear-gradient)/;

let count = 0; // of patterns and ramps: each has an id of its own

const isSeen = (colour) => Boolean(colour) && colour.opacity > FAINTEST;

// `fill` fills the box with the given properties.
export function drawGradient(image, at, opacity, fill) {
  const shades = coloursIn(image, opacity).filter(isSeen);
  if (!shades.length) return;
  if (image.startsWith("repeating-")) drawStripes(image.split(LAYERS), at, opacity, fill);
  else drawRamp(shades, at, fill);
}

function drawRamp(shades, at, fill) {
  const last = shades[shades.length - 1];
  const flat = shades.every((shade) => shade.text === last.text && shade.opacity === last.opacity);
  if (shades.length > 1 && flat) {
    fill({ fill: last.text, "fill-opacity": digits(last.opacity) });
    return;
  }
  const id = `ramp${count++}`;
  const stop = (offset, opacity) => svg("stop", { offset, "stop-color": last.text, "stop-opacity": opacity });
  const from = shades.length > 1 ? shades[0].opacity : 0;
  at.out.append(svg("linearGradient", { id }, stop(0, from), stop(1, last.opacity)));
  fill({ fill: `url(#${id})` });
}

function drawStripes([stripes, ...below], at, opacity, fill) {
  // Later layers lie below: the flat tint under the stripes of a patch is one of them.
  for (const layer of below) {
    const [tint] = coloursIn(layer, opacity);
    if (isSeen(tint)) fill({ fill: tint.text, "fill-opacity": digits(tint.opacity) });
  }
  const colours = coloursIn(stripes, opacity);
  const steps = [...stripes.matchAll(/([\d.]+)px/g)].map((found) => Number(found[1]));
  const size = Math.max(...steps, 1);
  const wide = steps.find((step) => step > 0 && step < size) || size / 2;
  const angle = parseFloat((/(-?[\d.]+)deg/.exec(stripes) || [0, 0])[1]);
  const id = `stripes${count++}`;
  const turn = `rotate(${angle - 90})`;
  const pattern = svg("pattern", {
    id,
    width: size,
    height: size,
    patternUnits: "userSpaceOnUse",
    patternTransform: turn,
  });
  const stripe = (colour, x, width) => {
    if (!isSeen(colour)) return;
    const shade = { fill: colour.text, "fill-opacity": digits(colour.opacity) };
    pattern.append(svg("rect", { x, width, y: 0, height: size, ...shade }));
  };
  stripe(colours[0], 0, wide);
  stripe(colours[colours.length - 1], wide, size - wide);
  at.out.append(pattern);
  fill({ fill: `url(#${id})` });
}
