// Asks for a redraw of the fragment it stands in, again and again, for as long as it is on the page.
//
// It waits while the app's script runs, and for a moment after anything a person does that may start it: a request
// that meets a full run can make Streamlit drop what that run drew, and where that run led to another page all of it.
// After PATIENCE it asks all the same, so that a lost "finished" message cannot stop it.

import { isUnderWay } from "./common/calm.js";

const PATIENCE = 8000; // ms
const CALM = 1500; // ms from a click or a chosen file until the app, if it starts to run, has said so

const timers = new WeakMap();
let acted = 0;

function act(event) {
  if (event.type !== "keydown" || event.key === "Enter") acted = Date.now();
}

for (const kind of ["click", "change", "drop", "submit", "keydown"]) document.addEventListener(kind, act, true);

const isBusy = () => isUnderWay() || Date.now() - acted < CALM;

export default function tick({ parentElement, data, setTriggerValue }) {
  let busySince = 0;
  const ask = () => {
    const busy = isBusy();
    if (!busy) busySince = 0;
    else if (!busySince) busySince = Date.now();
    if (busy && Date.now() - busySince <= PATIENCE) return;
    busySince = 0;
    setTriggerValue("tick", Date.now());
  };
  clearInterval(timers.get(parentElement));
  timers.set(parentElement, setInterval(ask, data[0]));
  return () => clearInterval(timers.get(parentElement));
}
