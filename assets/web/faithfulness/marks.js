// The input to mark: a click, Enter or the space bar marks a word, sentence or patch; Shift-click all from the last one.
// What is marked here counts until Python sends another generation; its answers to older clicks are not taken over.

const STATES = new WeakMap();

function draw(root, data, state, report) {
  const buttons = [];
  const button = (feature, props) => {
    const node = el("span", { role: "checkbox", tabindex: "-1", title: data.names[feature], "aria-label": data.names[feature], ...props });
    node.onclick = (event) => { toggle(feature, event.shiftKey); };
    node.onfocus = () => { rove(feature); };
    buttons[feature] = node;
    return node;
  };
  const rove = (feature) => {
    buttons[state.at]?.setAttribute("tabindex", "-1");
    state.at = feature;
    buttons[feature].setAttribute("tabindex", "0");
  };
  const paint = () => {
    buttons.forEach((node, feature) => {
      node.classList.toggle("on", state.marks.has(feature));
      node.setAttribute("aria-checked", String(state.marks.has(feature)));
    });
  };
  const toggle = (feature, range) => {
    const on = range ? true : !state.marks.has(feature);
    const [first, last] = range && state.last !== null ? [state.last, feature].sort((a, b) => a - b) : [feature, feature];
    for (let each = first; each <= last; each++) on ? state.marks.add(each) : state.marks.delete(each);
    state.last = feature;
    paint();
    report([...state.marks].sort((a, b) => a - b));
  };
  root.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step) buttons[clamp(state.at + step, 0, buttons.length - 1)].focus();
    else if (event.key === "Enter" || event.key === " ") toggle(state.at, event.shiftKey);
    else return;
    event.preventDefault();
  };

  const parts = [];
  const patches = data.picture ? data.picture.patches : 0;
  if (data.picture) {
    const { image, width, height, columns } = data.picture;
    const grid = el("div", { class: "grid", style: `grid-template-columns: repeat(${columns}, 1fr); aspect-ratio: ${width} / ${height}; max-width: ${Math.min(560, (460 * width) / height)}px` });
    if (image) grid.style.backgroundImage = `url("${image}")`;
    for (let feature = 0; feature < patches; feature++) grid.append(button(feature, { class: "patch" }));
    parts.push(grid);
  }
  const text = el("div", { class: "text" });
  data.texts.forEach((word, feature) => {
    if (feature < patches) return;
    text.append(data.gaps[feature], button(feature, { class: "mark", text: word }));
  });
  text.append(data.gaps[data.texts.length]);
  if (data.texts.length > patches) parts.push(text);
  root.replaceChildren(...parts);
  state.at = 0;
  buttons[0]?.setAttribute("tabindex", "0");
  paint();
}

export default function ({ parentElement, data, setStateValue }) {
  const given = data[0];
  let root = parentElement.querySelector(".marking");
  if (!root) {
    root = el("div", { class: "marking", role: "group", "aria-label": `Mark ${given.unit}`, "data-testid": "marking" });
    parentElement.append(root);
  }
  const content = JSON.stringify([given.generation, given.texts, given.gaps]);
  if (STATES.get(root)?.content === content) return;
  const state = { content, marks: new Set(given.marks), last: null, at: 0 };
  STATES.set(root, state);
  draw(root, given, state, (marks) => setStateValue("marks", { generation: given.generation, marks }));
}
