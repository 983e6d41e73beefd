// Asks for a redraw of the fragment it stands in, again and again, for as long as it is on the page.
//
// It waits while the app's script runs: a request that arrives just as a full run ends can make Streamlit drop
// what that run drew. After PATIENCE it asks all the same, so that a lost "finished" message cannot stop it.

const PATIENCE = 8000;
const TIMERS = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  let busySince = 0;
  const tick = () => {
    const app = document.querySelector("[data-testid=stApp]");
    const busy = app && app.dataset.testScriptState && app.dataset.testScriptState !== "notRunning";
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
