// A report: the explorer without the app. What the app would answer, the file answers, or nobody.

const REPORT = JSON.parse(document.getElementById("report-data").textContent);
const INDEX = REPORT.base.index;
const PRINTED = 700; // px: the width of a sheet of A4 within its margins

// The data that the app would send for an index.
function dataFor(index) {
  const data = { ...REPORT.base, ...REPORT.views[index] };
  return { ...data, indices: data.indices.filter((entry) => entry.name in REPORT.views), max_order: 1, // orders are not in the file
    selection: [], hidden: [], checked: null, live: null, can_check: false };
}

function show(host, index) {
  mount({ parentElement: host, data: [dataFor(index)], setTriggerValue() {},
    setStateValue(name, value) { if (name === "index" && value in REPORT.views) show(host, value); } });
}

function page() {
  const host = el("div", { class: "rp-explorer" });
  const made = el("section", { class: "rp-made", "data-testid": "made" }, el("h2", { text: "How it was made" }),
    el("dl", null, REPORT.made.map(([name, value]) => el("div", null, el("dt", { text: name }), el("dd", { dir: "auto", text: value })))),
    el("p", { class: "rp-faint", text: "R² says how well the explanation predicts the model on masked versions of this input that it was not fitted to; 1 is perfect. " +
      "Values are averages over masked versions: they describe this model on this input." }));
  document.getElementById("report").append(
    el("header", { class: "rp-head" }, el("p", { class: "rp-faint", text: "SPEX Explorer report" }), REPORT.title ? el("h1", { dir: "auto", text: REPORT.title }) : null),
    host, el("div", { class: "rp-sheets" }), made);
  document.title = ["SPEX report", REPORT.title].filter(Boolean).join(" · ");
  show(host, INDEX);
  return host;
}

// On paper nothing can be opened or scrolled: every picture is laid out one below the other, as wide as the sheet.
const Printing = {
  start(app) {
    if (Printing.kept) return;
    const { state } = app;
    Printing.kept = { open: state.open, hover: state.hover };
    state.hover = null;
    if (app.data.size === "large") state.open = "all";
    app.root.parentElement.style.width = `${PRINTED}px`;
    document.documentElement.classList.add("rp-printing");
    app.build();
    const sheets = document.querySelector(".rp-sheets");
    const parts = [["score", ScoreSheet], ["graph", Graph], ["matrix", Matrix], ["energy", Energy], ["data", DataTab]];
    for (const [name, part] of parts) {
      if (name === "score" && app.inlineSheet && app.rowByNumber.size) continue; // stands under the sentence already
      const [, title] = TABS.find(([tab]) => tab === name);
      sheets.append(el("section", { class: "sx rp-sheet", "data-testid": `printed-${name}` }, el("h3", { text: title }), part.build(app, PRINTED - 8)));
    }
    for (const picture of document.querySelectorAll(".rp-explorer svg, .rp-sheets svg")) Printing.fit(picture);
    const foot = app.gridFoot.textContent.split(" · ").filter((part) => !/^\d+ more|click/.test(part));
    app.gridFoot.textContent = foot.join(" · ");
    app.root.querySelector(".tryit").classList.toggle("rp-used", state.hidden.size > 0); // else it has nothing to say
  },

  // What is wider than the sheet shrinks to it.
  fit(picture) {
    const width = parseFloat(picture.getAttribute("width")), height = parseFloat(picture.getAttribute("height"));
    if (!(width > PRINTED - 34) || !height || picture.matches(".arcs")) return;
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    picture.setAttribute("width", "100%");
    picture.removeAttribute("height");
  },

  end(app) {
    if (!Printing.kept) return;
    Object.assign(app.state, Printing.kept);
    Printing.kept = null;
    app.root.parentElement.style.width = "";
    document.documentElement.classList.remove("rp-printing");
    document.querySelector(".rp-sheets").replaceChildren();
    app.build();
    app.paintHidden();
  },
};

const host = page();
window.onbeforeprint = () => Printing.start(APPS.get(host));
window.onafterprint = () => Printing.end(APPS.get(host));
