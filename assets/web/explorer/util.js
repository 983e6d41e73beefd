// Small helpers shared by every part. A person's text only ever becomes a text node.

const SVG = "http://www.w3.org/2000/svg";

function put(node, props, kids) {
  for (const [name, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name === "class") node.setAttribute("class", value);
    else if (name.startsWith("on")) node[name] = value;
    else if (name.startsWith("--")) node.style.setProperty(name, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const kid of kids.flat(3)) if (kid !== null && kid !== undefined && kid !== false) node.append(kid);
  return node;
}

const el = (tag, props, ...kids) => put(document.createElement(tag), props, kids);
const svg = (tag, props, ...kids) => put(document.createElementNS(SVG, tag), props, kids);

const clamp = (x, low, high) => Math.max(low, Math.min(high, x));
const keyOf = (features) => features.join(",");
const featuresOf = (key) => (key === "" ? [] : key.split(",").map(Number));

function later(ms, action) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...args), ms);
  };
}

// The digits that views/labels.py prints for numbers about as large as `scale`.
function digitsFor(scale) {
  if (!(scale > 0)) return 2;
  if (scale >= 0.1) return scale >= 100 ? 0 : scale >= 10 ? 1 : 2;
  return Math.min(8, 1 - Math.floor(Math.log10(scale)));
}

function signed(value, scale) {
  const text = Math.abs(value).toFixed(digitsFor(scale === undefined ? Math.abs(value) : scale));
  if (!/[1-9]/.test(text)) return text;
  return (value < 0 ? "−" : "+") + text;
}

let ruler = null;
function textWidth(text, font) {
  ruler = ruler || document.createElement("canvas").getContext("2d");
  ruler.font = font;
  return ruler.measureText(text).width;
}

const plural = (count, one, many) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
const clip = (text, most) => (Array.from(text).length > most ? Array.from(text).slice(0, most - 1).join("") + "…" : text);

// Which occurrence of its text a feature is, as subscript digits; nothing where the text is unique.
const ordinal = (data, feature) =>
  data.occurrences[feature] ? String(data.occurrences[feature]).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]) : "";

const nameText = (data, feature) => data.labels[feature] + ordinal(data, feature);
const nameNode = (data, feature) => el("bdi", { class: "name", text: nameText(data, feature) });
const nameLabel = (data, feature, most) => clip(data.labels[feature], most) + ordinal(data, feature);

const namesText = (data, features) => features.map((f) => nameText(data, f)).join(" · ");

const signClass = (value) => (value < 0 ? "neg" : "pos");

function towardText(data, value) {
  if (data.index === "Fourier") return value < 0 ? "negative coefficient" : "positive coefficient";
  return towardName(data, value);
}

function towardName(data, value) {
  return "towards " + data.toward[value < 0 ? 0 : 1];
}

// Circle for +, square for −: the sign survives without colour. The number is CSS content, so the text of the
// heatmap stays exactly the input.
const badgeNode = (row, extra) =>
  el("span", { class: `badge ${signClass(row.value)}`, "data-n": row.number, ...(extra || {}) });
