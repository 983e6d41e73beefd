// Background, borders and ring of a box.

import { svg } from "../../common/dom.js";
import { digits, place, unlessOne } from "./attributes.js";
import { colourOf } from "./colours.js";
import { drawGradient } from "./gradients.js";

const SIDES = ["Top", "Right", "Bottom", "Left"];
const RING = /^(.*?\)|\S+) 0px 0px 0px ([\d.]+)px inset/;

export function drawBox(rect, style, at, opacity) {
  const { width, height } = rect;
  if (width < 0.1 || height < 0.1) return;
  const box = { x: rect.left - at.x, y: rect.top - at.y, width, height };
  const rx = radius(style.borderTopLeftRadius, box);
  const fill = (props) => at.out.append(svg("rect", { ...place(box), rx: rx ? digits(rx) : null, ...props }));
  const ground = colourOf(style.backgroundColor, opacity);
  if (ground.opacity > 0) fill({ fill: ground.text, "fill-opacity": unlessOne(ground.opacity) });
  if (style.backgroundImage.includes("gradient")) drawGradient(style.backgroundImage, at, opacity, fill);
  drawBorders(box, rx, style, at, opacity);
  const ring = RING.exec(style.boxShadow);
  if (!ring) return;
  const colour = colourOf(ring[1], opacity);
  drawFrame(box, rx, Number(ring[2]), colour.text, digits(colour.opacity), at);
}

function radius(computed, { width, height }) {
  const size = computed.endsWith("%") ? (width * parseFloat(computed)) / 100 : parseFloat(computed) || 0;
  return Math.min(size, width / 2, height / 2);
}

function drawBorders(box, rx, style, at, opacity) {
  const sides = SIDES.map((side) => ({
    size: parseFloat(style[`border${side}Width`]),
    kind: style[`border${side}Style`],
    colour: colourOf(style[`border${side}Color`], opacity),
  }));
  const seen = sides.map(({ size, kind, colour }) => size > 0 && kind !== "none" && colour.opacity > 0);
  if (seen.every(Boolean)) {
    const [{ size, colour }] = sides;
    drawFrame(box, rx, size, colour.text, unlessOne(colour.opacity), at);
  } else
    sides.forEach((side, which) => {
      if (seen[which]) drawSide(box, which, side, at);
    });
}

// A line around the box, inside its edge.
function drawFrame({ x, y, width, height }, rx, size, stroke, strokeOpacity, at) {
  const inside = { x: x + size / 2, y: y + size / 2, width: width - size, height: height - size };
  at.out.append(
    svg("rect", {
      ...place(inside),
      rx: digits(rx),
      fill: "none",
      stroke,
      "stroke-opacity": strokeOpacity,
      "stroke-width": size,
    }),
  );
}

function drawSide({ x, y, width, height }, which, { size, kind, colour }, at) {
  const right = x + width;
  const bottom = y + height;
  const [x1, y1, x2, y2] = [
    [x, y, right, y],
    [right, y, right, bottom],
    [x, bottom, right, bottom],
    [x, y, x, bottom],
  ][which];
  const inward = ((SIDES[which] === "Right" || SIDES[which] === "Bottom" ? -1 : 1) * size) / 2;
  const [dx, dy] = which % 2 === 0 ? [0, inward] : [inward, 0];
  at.out.append(
    svg("line", {
      x1: digits(x1 + dx),
      y1: digits(y1 + dy),
      x2: digits(x2 + dx),
      y2: digits(y2 + dy),
      stroke: colour.text,
      "stroke-opacity": unlessOne(colour.opacity),
      "stroke-width": size,
      "stroke-dasharray": kind === "dashed" ? `${2 * size} ${1.5 * size}` : null,
    }),
  );
}
