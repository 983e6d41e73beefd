// Making elements. A person's text only ever becomes a text node, in which every character can be seen.

import { visible } from "./signs.js";

export const SVG = "http://www.w3.org/2000/svg";

const isAbsent = (value) => value === null || value === undefined || value === false;

export function put(node, props, kids) {
  for (const [name, value] of Object.entries(props || {})) if (!isAbsent(value)) set(node, name, value);
  for (const kid of kids.flat(3)) if (!isAbsent(kid)) node.append(seen(kid));
  return node;
}

const seen = (kid) => (typeof kid === "string" ? visible(kid) : kid);

function set(node, name, value) {
  if (name === "text") node.textContent = visible(String(value));
  else if (name === "class") node.setAttribute("class", value);
  else if (name.startsWith("on")) node[name] = value;
  else if (name.startsWith("--")) node.style.setProperty(name, value);
  else node.setAttribute(name, value === true ? "" : value);
}

export const el = (tag, props, ...kids) => put(document.createElement(tag), props, kids);
export const svg = (tag, props, ...kids) => put(document.createElementNS(SVG, tag), props, kids);

export const textNode = (text) => document.createTextNode(visible(text));

let ruler = null;

export function measure(text, font) {
  ruler = ruler || document.createElement("canvas").getContext("2d");
  ruler.font = font;
  return ruler.measureText(visible(text));
}

export const textWidth = (text, font) => measure(text, font).width;
