// Asks for a redraw of the fragment it stands in, again and again, for as long as it is on the page.
//
// It waits while the app's script runs, and for a moment after anything a person does that may start it: a request
// that meets a full run can make Streamlit drop what that run drew, and where that run led to another page all of it.
// After PATIENCE it asks all the same, so that a lost "finished" message cannot stop it.

const PATIENCE = 8000;
const CALM = 1500; // ms from a click or a chosen file until the app, if it starts to run, has said so
const TIMERS = new WeakMap();

let acted = 0;
for (const kind of ["click", "change", "drop", "submit"]) document.addEventListener(kind, () => { acted = Date.now(); }, true);
document.addEventListener("keydown", (event) => { if (event.key === "Enter") acted = Date.now(); }, true);
window.addEventListener("popstate", () => { acted = Date.now(); });

export default function ({ parentElement, data, setTriggerValue }) {
  let busySince = 0;
  const tick = () => {
    const app = document.querySelector("[data-testid=stApp]");
    const running = app && app.dataset.testScriptState && app.dataset.testScriptState !== "notRunning";
    const busy = running || Date.now() - acted < CALM;
    if (!busy) busySince = 0;
    else if (!busySince) busySince = Date.now();
    if (!busy || Date.now() - busySince > PATIENCE) {
      busySince = 0;
      setTriggerValue("tick", Date.now());
    }
  };
  clearInterval(TIMERS.get(parentElement));
  TIMERS.set(parentElement, setInterval(tick, data[0]));
  return () => clearInterval(TIMERS.get(parentElement));
}
