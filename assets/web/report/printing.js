// On paper nothing can be opened or scrolled: every picture is laid out one below the other, as wide as the sheet.

import { el } from "../common/dom.js";
import { TABS } from "../explorer/tabs.js";

const PRINTED = 700; // px: the width of a sheet of A4 within its margins

let kept = null; // what to go back to on the screen; null while nothing is printed

export function start(app) {
  if (kept) return;
  const { state } = app;
  kept = { open: state.open, hover: state.hover, trusting: state.trusting };
  state.trusting = true;
  state.hover = null;
  if (app.data.size === "large") state.open = "all";
  app.root.parentElement.style.width = `${PRINTED}px`;
  document.documentElement.classList.add("rp-printing");
  app.build();
  // The score sheet may stand under the sentence already.
  const there = app.inlineSheet && app.rowByNumber.size;
  const tabs = TABS.filter((tab) => tab.name !== "score" || !there);
  document.querySelector(".rp-sheets").append(...tabs.map((tab) => sheet(app, tab)));
  for (const picture of document.querySelectorAll(".rp-explorer svg, .rp-sheets svg")) fit(picture);
  const foot = app.gridFoot.textContent.split(" · ").filter((part) => !/^\d+ more|click/.test(part));
  app.gridFoot.textContent = foot.join(" · ");
  app.root.querySelector(".tryit").classList.toggle("rp-used", state.hidden.size > 0); // else it has nothing to say
}

function sheet(app, { name, title, build }) {
  const props = { class: "sx rp-sheet", "data-testid": `printed-${name}` };
  return el("section", props, el("h3", { text: title }), build(app, PRINTED - 8));
}

// What is wider than the sheet shrinks to it.
function fit(picture) {
  const [width, height] = ["width", "height"].map((side) => parseFloat(picture.getAttribute(side)));
  if (!(width > PRINTED - 34) || !height || picture.matches(".arcs")) return;
  picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
  picture.setAttribute("width", "100%");
  picture.removeAttribute("height");
}

export function end(app) {
  if (!kept) return;
  Object.assign(app.state, kept);
  kept = null;
  app.root.parentElement.style.width = "";
  document.documentElement.classList.remove("rp-printing");
  document.querySelector(".rp-sheets").replaceChildren();
  app.build();
  app.paintHidden();
}
