// Tooltips of our own, because those of the browser show to a mouse alone: these come by mouse, keyboard and touch.
//
// What has one says so by `data-tip`, a title attribute or an SVG title; the browser's own are taken over on contact.

import { el } from "./dom.js";
import { clamp } from "./numbers.js";

const SOON = 350; // ms under the mouse
const STAYS = 3000; // ms after a touch
const GAP = 8; // px from what it is about

export class Tips {
  constructor(root) {
    this.root = root;
    this.box = el("div", { class: "tip", role: "tooltip", hidden: true });
    this.timer = 0;
    root.addEventListener("pointerover", (event) => this.over(event));
    root.addEventListener("pointerleave", () => this.hide());
    root.addEventListener("pointerdown", (event) => this.down(event));
    root.addEventListener("focusin", (event) => this.focus(event));
    root.addEventListener("focusout", () => this.hide());
    root.addEventListener("keydown", (event) => event.key === "Escape" && this.hide());
  }

  over(event) {
    if (event.pointerType === "touch") return;
    this.later(tipped(event.target), SOON);
  }

  // A finger sees it while it rests; a mouse that clicks has seen it.
  down(event) {
    const node = tipped(event.target);
    this.hide();
    if (event.pointerType !== "touch" || !node) return;
    this.show(node);
    this.timer = setTimeout(() => this.hide(), STAYS);
  }

  focus({ target }) {
    const node = tipped(target);
    if (node === target && target.matches(":focus-visible")) this.show(node);
  }

  later(node, ms) {
    if (node === this.node) return;
    this.hide();
    this.node = node;
    if (node) this.timer = setTimeout(() => node.isConnected && this.show(node), ms);
  }

  show(node) {
    this.hide();
    this.node = node;
    this.box.textContent = node.dataset.tip;
    this.box.hidden = false;
    this.root.append(this.box);
    const frame = this.root.getBoundingClientRect();
    const { width, height } = this.box.getBoundingClientRect();
    const { x, y } = placed(node.getBoundingClientRect(), { width, height }, frame, window.innerHeight);
    this.box.style.left = `${x}px`;
    this.box.style.top = `${y}px`;
  }

  hide() {
    clearTimeout(this.timer);
    this.node = null;
    this.box.hidden = true;
  }
}

// The nearest around a node that has something to say, with the browser's own tooltip taken over.
function tipped(target) {
  for (let node = target; node && node.nodeType === Node.ELEMENT_NODE; node = node.parentElement) {
    const own = [...node.children].find((kid) => kid.localName === "title");
    if (node.getAttribute("title")) node.dataset.tip = node.getAttribute("title");
    else if (own && node.localName !== "svg") node.dataset.tip = own.textContent;
    node.removeAttribute("title");
    own?.remove();
    if (node.dataset.tip) return node;
  }
  return null;
}

// Below what it is about, above where there is no room on the screen, and never beyond the sides of the frame.
export function placed(around, { width, height }, frame, screen) {
  const most = Math.max(0, frame.width - width);
  const x = clamp(around.left + around.width / 2 - width / 2 - frame.left, 0, most);
  const below = around.bottom + GAP + height <= screen || around.top - GAP - height < 0;
  const y = (below ? around.bottom + GAP : around.top - GAP - height) - frame.top;
  return { x, y };
}
