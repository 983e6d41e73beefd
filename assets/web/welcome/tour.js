// A tour of five steps beside what it speaks of. It covers nothing that it does not speak of, nothing waits for it, and
// Escape, "Leave" and a change of page end it.

import { el } from "../common/dom.js";

const GAP = 12; // px between the card and what it points at
const EDGE = 10; // px from the card to the edge of the window

export const STEPS = [
  {
    targets: ["[data-testid=answer]"],
    title: "What the model said, and why",
    text: "The model's answer, and the words that caused it. Point at a name in the sentence, or tap it: its words light up below.",
  },
  {
    targets: ["[data-testid=picture]", "[data-testid=heatmap]"],
    title: "The input, coloured",
    text: "Orange-red pushes towards the answer that the model gave, blue against it. Pieces with the same number act together.",
  },
  {
    targets: ["[data-testid=hide-mode]"],
    title: "Try it",
    text: "Hide a word or a patch. The explanation predicts at once what the model would say; one click asks the model itself.",
  },
  {
    targets: ["[data-testid=trust]"],
    title: "How far to trust it",
    text: "Before you believe any of it: how well the explanation predicts the model on versions that it had not seen.",
  },
  {
    targets: [".st-key-form_text", ".st-key-picture_file", "[data-testid=stExpandSidebarButton]"],
    title: "Now yours",
    text: "Paste a text of your own, or pick an example, and press Explain. The time it takes is shown before you start.",
  },
];

export class Tour {
  constructor(over) {
    this.over = over;
    this.at = -1;
  }

  start() {
    if (this.at >= 0) return;
    this.card = el("section", {
      class: "spex-tour",
      role: "dialog",
      "aria-label": "Tour",
      "data-testid": "tour",
      tabindex: -1,
    });
    this.ring = el("div", { class: "spex-tour-ring", "aria-hidden": "true" });
    this.card.onkeydown = (event) => this.key(event);
    this.before = deepActive();
    (document.querySelector(".stApp") || document.body).append(this.ring, this.card);
    this.go(0);
    const follow = () => {
      if (this.at < 0) return;
      this.place();
      this.frame = requestAnimationFrame(follow);
    };
    follow();
  }

  go(at) {
    if (at < 0) return;
    if (at >= STEPS.length) {
      this.leave(true);
      return;
    }
    this.at = at;
    const step = STEPS[at];
    const last = at === STEPS.length - 1;
    this.card.replaceChildren(
      el("p", { class: "spex-tour-count", text: `${at + 1} of ${STEPS.length}` }),
      el("h3", { text: step.title }),
      el("p", { text: step.text, "aria-live": "polite" }),
      el(
        "div",
        { class: "spex-tour-buttons" },
        el("button", { type: "button", "data-testid": "tour-leave", text: "Leave", onclick: () => this.leave(true) }),
        el("span", { class: "spex-tour-space" }),
        at
          ? el("button", { type: "button", "data-testid": "tour-back", text: "Back", onclick: () => this.go(at - 1) })
          : null,
        el("button", {
          type: "button",
          class: "strong",
          "data-testid": "tour-next",
          text: last ? "Done" : "Next",
          onclick: () => this.go(at + 1),
        }),
      ),
    );
    targetOf(step)?.scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" });
    this.card.querySelector("[data-testid=tour-next]").focus({ preventScroll: true });
  }

  key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") this.leave(true);
    else if (step) this.go(Math.min(this.at + step, STEPS.length - 1));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  place() {
    const box = targetOf(STEPS[this.at])?.getBoundingClientRect();
    const shown = box && box.width > 0 && box.bottom > 0 && box.top < innerHeight;
    this.ring.hidden = !shown;
    if (shown) {
      const inset = { left: box.left - 4, top: box.top - 4, width: box.width + 8, height: box.height + 8 };
      for (const [name, value] of Object.entries(inset)) this.ring.style[name] = `${value}px`;
    }
    const { left, top } = placed(shown ? box : null, this.card.getBoundingClientRect(), innerWidth, innerHeight);
    this.card.style.left = `${left}px`;
    this.card.style.top = `${top}px`;
  }

  leave(told = false) {
    if (this.at < 0) return;
    this.at = -1;
    cancelAnimationFrame(this.frame);
    this.card.remove();
    this.ring.remove();
    if (told) {
      this.before?.focus?.({ preventScroll: true });
      this.over();
    }
  }
}

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// Where the card goes: under what it speaks of, else above it, else beside it, else at the foot of the window; always
// whole within the window.
export function placed(box, card, width, height) {
  const inside = (value, size, most) => Math.max(EDGE, Math.min(value, most - size - EDGE));
  if (!box) return { left: inside((width - card.width) / 2, card.width, width), top: height - card.height - EDGE };
  const left = inside(box.left, card.width, width);
  if (box.bottom + GAP + card.height + EDGE <= height) return { left, top: box.bottom + GAP };
  if (box.top - GAP - card.height >= EDGE) return { left, top: box.top - GAP - card.height };
  const top = inside(box.top, card.height, height);
  if (box.right + GAP + card.width + EDGE <= width) return { left: box.right + GAP, top };
  return { left, top: height - card.height - EDGE };
}

function targetOf(step) {
  for (const selector of step.targets) {
    const found = [...roots()].map((root) => root.querySelector(selector)).find((node) => node && isShown(node));
    if (found) return found;
  }
  return null;
}

function isShown(node) {
  const box = node.getBoundingClientRect();
  return box.width > 0 && box.right > 0 && box.left < innerWidth;
}

// The page and the components on it, which keep their parts to themselves.
function* roots() {
  yield document;
  for (const node of document.querySelectorAll("[data-testid^=stBidiComponent]"))
    if (node.shadowRoot) yield node.shadowRoot;
}

function deepActive() {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at;
}
