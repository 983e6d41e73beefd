// Hidden patches and segments look as the model is shown them, hatched so that they are seen to be hidden.

import { el } from "../common/dom.js";
import { onMap, pathOf } from "./segments.js";

const STEP = 7; // px between the lines of the hatching
const HATCHING = ["rgba(0,0,0,.38)", "rgba(255,255,255,.5)"]; // a dark line, and a light one beside it

export function erase(app) {
  const { data, state, erased, image } = app;
  const { patches } = data.picture;
  const gone = [...state.hidden].filter((f) => f < patches);
  describe(app.words.slice(0, patches), state.hidden);
  app.seats?.forEach((seat, f) => {
    seat.classList.toggle("gone", state.hidden.has(f));
  });
  erased.hidden = !gone.length;
  if (!gone.length || !image.complete || !image.naturalWidth) return;
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  erased.width = Math.round(app.stage.clientWidth * ratio);
  erased.height = Math.round(app.stage.clientHeight * ratio);
  const source = data.picture.masking === "grey" ? null : veil(app);
  if (data.picture.segments) eraseShapes(erased, source, data.picture, gone, ratio);
  else for (const f of gone) paint(erased, source, placeOf(f, data.picture, erased), ratio);
}

// Once over the whole picture, then only what lies in the hidden segments is left.
function eraseShapes(canvas, source, picture, gone, ratio) {
  paint(canvas, source, { x: 0, y: 0, w: canvas.width, h: canvas.height }, ratio);
  onMap(canvas, picture, (pen) => {
    pen.globalCompositeOperation = "destination-in";
    pen.fill(pathOf(picture, gone));
  });
}

function describe(nodes, hidden) {
  for (const node of nodes)
    if (hidden.has(Number(node.dataset.i))) node.setAttribute("aria-description", "hidden");
    else node.removeAttribute("aria-description");
}

export function placeOf(f, { columns, rows }, { width, height }) {
  return {
    x: ((f % columns) * width) / columns,
    y: (Math.floor(f / columns) * height) / rows,
    w: width / columns,
    h: height / rows,
  };
}

function paint(canvas, source, { x, y, w, h }, ratio) {
  const pen = canvas.getContext("2d");
  pen.save();
  pen.beginPath();
  pen.rect(x, y, w, h);
  pen.clip();
  if (source) pen.drawImage(source, 0, 0, canvas.width, canvas.height);
  else {
    pen.fillStyle = "rgb(128,128,128)";
    pen.fillRect(x, y, w, h);
  }
  const step = STEP * ratio;
  HATCHING.forEach((shade, line) => {
    const shift = line * ratio;
    pen.beginPath();
    // The same lines through all patches: each starts where a multiple of the step meets the patch.
    for (let k = Math.floor((x + y) / step) * step; k < x + y + w + h + step; k += step) {
      pen.moveTo(k - y + shift, y);
      pen.lineTo(k - y - h + shift, y + h);
    }
    pen.strokeStyle = shade;
    pen.lineWidth = ratio;
    pen.stroke();
  });
  pen.restore();
}

// What stands in hidden patches, to be stretched over the picture: a few of its pixels are the picture blurred, as
// strongly as by the masker (a twelfth of the diagonal), and one is its mean colour.
function veil(app) {
  if (app.veil) return app.veil;
  const { width, height, masking } = app.data.picture;
  const longest = masking === "blur" ? 6 : 32;
  const goal = [width, height].map((side) => Math.max(1, Math.round((longest * side) / Math.max(width, height))));
  const small = halvedTo(app.image, goal);
  app.veil = masking === "mean" ? meanOf(small) : small;
  return app.veil;
}

// Halving averages all pixels; one long step would skip most of them.
function halvedTo(image, [least, lowest]) {
  let source = image;
  let width = image.naturalWidth;
  let height = image.naturalHeight;
  do {
    width = Math.max(least, Math.ceil(width / 2));
    height = Math.max(lowest, Math.ceil(height / 2));
    const next = el("canvas", { width, height });
    const pen = next.getContext("2d");
    pen.imageSmoothingQuality = "high";
    pen.drawImage(source, 0, 0, width, height);
    source = next;
  } while (width > least || height > lowest);
  return source;
}

function meanOf(canvas) {
  const { width, height } = canvas;
  const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const mean = el("canvas", { width: 1, height: 1 });
  const pen = mean.getContext("2d");
  pen.fillStyle = `rgb(${meanColour(pixels).join(",")})`;
  pen.fillRect(0, 0, 1, 1);
  return mean;
}

// [red, green, blue] of pixels that are four bytes each.
export function meanColour(pixels) {
  const sum = [0, 0, 0];
  for (let at = 0; at < pixels.length; at++) if (at % 4 < 3) sum[at % 4] += pixels[at];
  return sum.map((total) => Math.round(total / (pixels.length / 4)));
}
