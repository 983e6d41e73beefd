// The input to mark: a click, Enter or the space bar marks a word, sentence or patch; Shift-click all from the last.
// What is marked here counts until Python sends another generation; its answers to older clicks are not taken over.

import { tell } from "../common/calm.js";
import { el, svg } from "../common/dom.js";
import { mount } from "../common/mount.js";
import { ascending, clamp } from "../common/numbers.js";

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
const WIDEST = 560; // px of a picture
const TALLEST = 460;

class Marking {
  constructor(parent) {
    this.root = el("div", { class: "marking", role: "group", "data-testid": "marking" });
    this.root.onkeydown = (event) => this.key(event);
    parent.append(this.root);
  }

  remove() {
    this.root.remove();
  }

  update({ data: [data], setStateValue }) {
    const content = JSON.stringify([data.generation, data.texts, data.gaps]);
    if (this.content === content) return;
    this.content = content;
    this.data = data;
    this.marks = new Set(data.marks);
    this.last = null; // the feature that was marked or freed last
    this.at = 0; // the feature that Tab leads to
    this.report = () => {
      const marked = { generation: data.generation, marks: ascending(this.marks) };
      tell(this.root, () => setStateValue("marks", marked));
    };
    this.root.setAttribute("aria-label", `Mark ${data.unit}`);
    this.build();
  }

  build() {
    const { texts, picture } = this.data;
    const patches = picture ? picture.patches : 0;
    const shape = (f) => ({ class: "patch", d: picture.segments?.paths[f] });
    this.buttons = texts.map((text, f) => this.button(f, f < patches ? shape(f) : { class: "mark", text }));
    const parts = picture ? [this.grid(picture)] : [];
    if (texts.length > patches) parts.push(this.text(patches));
    this.root.replaceChildren(...parts);
    this.buttons[0]?.setAttribute("tabindex", "0");
    this.paint();
  }

  button(feature, props) {
    const name = this.data.names[feature];
    return (props.d ? svg : el)(props.d ? "path" : "span", {
      role: "checkbox",
      tabindex: "-1",
      title: name,
      "aria-label": name,
      ...props,
      onclick: (event) => this.toggle(feature, event.shiftKey),
      onfocus: () => this.rove(feature),
    });
  }

  grid({ image, width, height, columns, patches, segments }) {
    const most = Math.min(WIDEST, (TALLEST * width) / height);
    const shape = `aspect-ratio: ${width} / ${height}; max-width: ${most}px`;
    if (segments) {
      const box = { viewBox: `0 0 ${segments.width} ${segments.height}`, preserveAspectRatio: "none", style: shape };
      const shapes = svg("svg", { class: "shapes", ...box }, this.buttons.slice(0, patches));
      if (image) shapes.style.backgroundImage = `url("${image}")`;
      return shapes;
    }
    const style = `grid-template-columns: repeat(${columns}, 1fr); ${shape}`;
    const grid = el("div", { class: "grid", style }, this.buttons.slice(0, patches));
    if (image) grid.style.backgroundImage = `url("${image}")`;
    return grid;
  }

  text(patches) {
    const { gaps, texts } = this.data;
    const words = this.buttons.slice(patches).map((button, at) => [gaps[patches + at], button]);
    return el("div", { class: "text" }, words, gaps[texts.length]);
  }

  rove(feature) {
    this.buttons[this.at]?.setAttribute("tabindex", "-1");
    this.at = feature;
    this.buttons[feature].setAttribute("tabindex", "0");
  }

  paint() {
    this.buttons.forEach((node, feature) => {
      node.classList.toggle("on", this.marks.has(feature));
      node.setAttribute("aria-checked", String(this.marks.has(feature)));
    });
  }

  // Marks a feature or frees it; with Shift, marks all from the last one.
  toggle(feature, range) {
    const on = range || !this.marks.has(feature);
    const [first, last] = ascending([range && this.last !== null ? this.last : feature, feature]);
    for (let each = first; each <= last; each++)
      if (on) this.marks.add(each);
      else this.marks.delete(each);
    this.last = feature;
    this.paint();
    this.report();
  }

  key(event) {
    const step = STEPS[event.key];
    if (step) this.buttons[clamp(this.at + step, 0, this.buttons.length - 1)].focus();
    else if (event.key === "Enter" || event.key === " ") this.toggle(this.at, event.shiftKey);
    else return;
    event.preventDefault();
  }
}

export default mount(Marking);
