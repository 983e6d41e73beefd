// Small pieces of the picture beside the names of its patches: in sentences and in the rows of the table.

import { el } from "../common/dom.js";
import { featuresOf } from "../common/features.js";
import { placeOf } from "./erasing.js";
import { pathOf } from "./segments.js";

const TALL = 22; // px on the screen
const WIDEST = 66;

// A place for the picture of some patches; painted by `paint` once the picture is there.
export function thumbNode(features) {
  const canvas = el("canvas", { class: "thumb", "aria-hidden": "true" });
  canvas.members = features;
  return canvas;
}

// Puts a thumbnail before each name of patches in the sentences below `node`.
export function illustrate(app, node) {
  const { picture, labels } = app.data;
  if (!picture) return;
  for (const name of node.querySelectorAll('[data-mark="ref"]')) {
    const features = meant(name, labels, picture.patches);
    if (features.length) name.prepend(thumbNode(features));
  }
}

// A name of one patch is its own; one of several stands for all patches of its group. Numbers name nothing.
function meant(name, labels, patches) {
  const one = labels.indexOf(name.textContent);
  if (one >= 0) return one < patches ? [one] : [];
  return /^[A-Z]+\d+–/.test(name.textContent) ? featuresOf(name.dataset.f).filter((f) => f < patches) : [];
}

export function paint(app) {
  const { image, data } = app;
  if (!data.picture || !image.complete || !image.naturalWidth) return;
  for (const canvas of app.root.querySelectorAll("canvas.thumb")) crop(canvas, image, data.picture, app.words);
}

function crop(canvas, image, picture, words) {
  const whole = { width: image.naturalWidth, height: image.naturalHeight };
  const { x, y, w, h } = around(canvas.members.map((f) => boxOf(f, picture, whole, words)));
  if (!(w > 0 && h > 0)) return;
  const tall = Math.min(TALL, (WIDEST * h) / w);
  const ratio = 2 * (tall / h);
  canvas.width = Math.max(1, Math.round(w * ratio));
  canvas.height = Math.max(1, Math.round(h * ratio));
  canvas.style.width = `${(canvas.width / 2).toFixed(1)}px`;
  canvas.style.height = `${(canvas.height / 2).toFixed(1)}px`;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.translate(-x, -y);
  pen.imageSmoothingEnabled = !picture.drawn;
  if (picture.segments) clip(pen, picture, canvas.members, whole);
  pen.drawImage(image, 0, 0);
}

function clip(pen, picture, members, { width, height }) {
  const [across, down] = [width / picture.segments.width, height / picture.segments.height];
  pen.scale(across, down);
  pen.clip(pathOf(picture, members));
  pen.scale(1 / across, 1 / down);
}

// In pixels of the picture.
function boxOf(f, picture, whole, words) {
  if (!picture.segments) return placeOf(f, picture, whole);
  const { x, y, width, height } = words[f].querySelector("path").getBBox();
  const [across, down] = [whole.width / picture.segments.width, whole.height / picture.segments.height];
  return { x: x * across, y: y * down, w: width * across, h: height * down };
}

// The box around some boxes.
export function around(boxes) {
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.w));
  const bottom = Math.max(...boxes.map((box) => box.y + box.h));
  return { x, y, w: right - x, h: bottom - y };
}
