// The top of the page that a newcomer sees: what the app is for, worked findings to open, a tour. All of it gives way.

import { tell } from "../common/calm.js";
import { el } from "../common/dom.js";
import { keep, recall } from "./memory.js";
import { thumb } from "./thumbnail.js";
import { Tour } from "./tour.js";

export class Welcome {
  constructor(parent) {
    this.root = el("div", { class: "sx welcome" });
    parent.append(this.root);
    this.tour = new Tour(() => {
      keep("tour", "seen");
      this.draw();
    });
  }

  update({ data, setTriggerValue }) {
    const [now] = data;
    this.open = (id) => tell(this.root, () => setTriggerValue("open", id));
    if (JSON.stringify(now) === this.drawn) return; // a mere rerun of the page
    this.drawn = JSON.stringify(now);
    this.data = now;
    this.draw();
  }

  draw() {
    const away = recall("gallery") === "away";
    this.root.replaceChildren(
      el(
        "div",
        { class: "purpose-line" },
        el("p", { class: "purpose", "data-testid": "purpose", text: this.data.purpose }),
        this.buttons(away),
      ),
      ...(away ? [] : [this.gallery()]),
    );
  }

  buttons(away) {
    const seen = recall("tour") === "seen";
    return el(
      "div",
      { class: "purpose-buttons" },
      this.data.tour &&
        el("button", {
          type: "button",
          class: seen ? "link" : "button strong",
          "data-testid": "tour-start",
          text: seen ? "Tour" : "Take the tour (1 minute)",
          onclick: () => this.tour.start(),
        }),
      el("button", {
        type: "button",
        class: "link",
        "data-testid": "gallery-toggle",
        "aria-expanded": String(!away),
        text: away ? "Show worked findings" : "Hide worked findings",
        onclick: () => {
          keep("gallery", away ? "" : "away");
          this.draw();
          this.root.querySelector("[data-testid=gallery-toggle]").focus();
        },
      }),
    );
  }

  gallery() {
    const cards = this.data.findings.map((finding) =>
      el(
        "li",
        {},
        el(
          "button",
          {
            type: "button",
            class: "finding",
            "data-testid": `finding-${finding.id}`,
            "aria-current": finding.current ? "true" : null,
            onclick: () => this.open(finding.id),
          },
          thumb(finding.thumbnail),
          el(
            "span",
            { class: "finding-words" },
            el("span", { class: "finding-kind", text: finding.kind }),
            el("span", { class: "finding-title", text: finding.title }),
          ),
          el("span", { class: "finding-says", text: finding.says }),
        ),
      ),
    );
    return el("ul", { class: "gallery", "data-testid": "gallery", "aria-label": "Worked findings" }, cards);
  }

  remove() {
    this.tour.leave();
  }
}
