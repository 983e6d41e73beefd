// Try it: hide features, see what the explanation predicts at once, ask the model for one pass.

const PREDICTS = "The full prediction: what is listed and what is too weak to be listed";

const TryIt = {
  // f(m) = constant + sum of coefficients, each negated where an odd number of its members is kept.
  predict(spectrum, hidden) {
    const { coefficients, lengths, members } = spectrum;
    let total = spectrum.constant, at = 0;
    for (let term = 0; term < lengths.length; term++) {
      let kept = 0;
      for (const end = at + lengths[term]; at < end; at++) if (!hidden.has(members[at])) kept ^= 1;
      total += kept ? -coefficients[term] : coefficients[term];
    }
    return total;
  },

  build(app) {
    const { data, state } = app;
    const button = (testid, text, onclick, extra) => el("button", { class: "button", type: "button", "data-testid": testid, text, onclick, ...extra });
    app.hideButton = button("hide-mode", `Hide ${data.nouns}`, () => { state.hiding = !state.hiding; app.paintHidden(); }, { title: `Click ${data.nouns} to hide them (key: h). Shift-click always hides.` });
    app.hideSelected = button("hide-selected", "Hide selected", () => toggleHidden(app, [...state.selection]));
    app.checkButton = button("check", "Check with the model (1 pass)", () => TryIt.check(app), { class: "button strong" });
    app.resetButton = button("reset", "Reset", () => { state.hidden.clear(); state.hiding = false; app.mirror(); app.paintHidden(); });
    const cell = (name, testid, title) => el("div", { class: "reading", title }, el("span", { class: "faint", text: name }), el("span", { class: "amount", "data-testid": testid }));
    const original = cell("original", "original"), predicted = cell("explanation predicts", "predicted", PREDICTS), actual = cell("model says", "actual");
    app.readings = { original: original.lastChild, predicted: predicted.lastChild, actual: actual.lastChild };
    app.hiddenList = el("div", { class: "hidden-list", "data-testid": "hidden", "aria-live": "polite" });
    return el("div", { class: "tryit", "data-testid": "tryit" },
      el("div", { class: "head" }, el("h3", { text: "Try it" }),
        el("div", { class: "buttons" }, app.hideButton, app.hideSelected, app.checkButton, app.resetButton)),
      el("div", { class: "readings" }, app.hiddenList, original, predicted, actual));
  },

  check(app) {
    const { state } = app;
    const hidden = [...state.hidden].sort((a, b) => a - b);
    state.waiting = keyOf(hidden);
    app.fire("check", { hidden });
    TryIt.paint(app);
  },

  paint(app) {
    const { data, state } = app;
    const spectrum = data.tryit;
    const hidden = [...state.hidden].sort((a, b) => a - b);
    const key = keyOf(hidden);
    const scale = Math.max(Math.abs(spectrum.full), Math.abs(spectrum.empty), data.heat.largest) || 1;
    const predicted = TryIt.predict(spectrum, state.hidden);
    app.hideButton.setAttribute("aria-pressed", String(state.hiding));
    app.hideSelected.hidden = !state.selection.length;
    app.hideSelected.textContent = state.selection.every((f) => state.hidden.has(f)) ? "Show selected" : "Hide selected";
    app.resetButton.disabled = !hidden.length && !state.hiding;
    const refused = data.can_check === false;
    app.checkButton.disabled = !hidden.length || refused || state.waiting === key || state.checks.has(key);
    app.checkButton.title = refused ? data.check_reason || "The model is not available here" : "";
    app.checkButton.textContent = state.waiting === key ? "Asking the model…" : "Check with the model (1 pass)";
    app.hiddenList.replaceChildren(...TryIt.hiddenNodes(app, hidden));
    app.readings.original.textContent = signed(spectrum.full, scale);
    app.readings.predicted.replaceChildren(signed(predicted, scale));
    if (hidden.length) app.readings.predicted.append(el("small", { text: ` ${signed(predicted - spectrum.full, scale)} change` }));
    if (spectrum.dropped) app.readings.predicted.append(el("small", { text: ` without ${plural(spectrum.dropped, "weak term", "weak terms")}` }));
    app.readings.actual.replaceChildren(...TryIt.verdict(app, key, predicted, scale));
  },

  hiddenNodes(app, hidden) {
    const { data } = app;
    if (!hidden.length) {
      const how = app.state.hiding ? `click ${data.nouns} above to hide them` : `hide ${data.nouns} and see what happens`;
      return [el("span", { class: "faint", text: `${how} (${data.value_unit})` })];
    }
    const shown = hidden.slice(0, 8).map((f, k) => [k ? ", " : "", data.picture ? nameNode(data, f) : el("q", null, nameNode(data, f))]);
    const rest = hidden.length - 8;
    return [el("span", { class: "faint", text: `hidden (${hidden.length}): ` }), ...shown.flat(3), rest > 0 ? ` and ${rest} more` : ""];
  },

  verdict(app, key, predicted, scale) {
    const { data, state } = app;
    if (!key) return [signed(data.tryit.full, scale)];
    if (state.checkError && state.checkError.key === key) return [el("small", { class: "low", role: "alert", text: state.checkError.text })];
    if (!state.checks.has(key)) return [el("span", { class: "faint", text: state.waiting === key ? "…" : "not asked yet" })];
    const actual = state.checks.get(key);
    const gap = Math.abs(actual - predicted), rmse = data.trust.rmse;
    const off = signed(gap, scale).replace("+", "");
    const nodes = [signed(actual, scale)];
    if (rmse === null || rmse === undefined) nodes.push(el("small", { text: ` off by ${off}` }));
    else {
      // Two root mean squares: what about 19 of 20 uniform masks stay within.
      const near = gap <= Math.max(2 * rmse, 1e-9 * scale);
      const band = signed(2 * rmse, scale).replace("+", "");
      nodes.push(el("small", { class: near ? "good" : "low", "data-testid": "check-verdict", title: "twice the root mean square error on unseen masks",
        text: near ? ` ✓ off by ${off}, within the expected ${band}` : ` ✗ off by ${off}, more than the expected ${band}` }));
    }
    return nodes;
  },

  receive(app) {
    const { checked } = app.data;
    if (!checked) return;
    const key = keyOf([...checked.hidden].sort((a, b) => a - b));
    if (typeof checked.value === "number") { app.state.checks.set(key, checked.value); app.state.checkError = null; }
    else if (checked.error) app.state.checkError = { key, text: checked.error };
    if (app.state.waiting === key) app.state.waiting = null;
  },
};
