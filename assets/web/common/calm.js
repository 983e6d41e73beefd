// Tells the app what a person did in a component, when the app can hear it.
//
// Streamlit 1.67 takes a component's message for one of the page that the browser shows. A message that follows a click
// on a link to another page is therefore answered after that page, in the old one's name, and leaves it empty. One that
// meets the end of a run can make it drop what that run drew. So a message waits while the app runs and while a link is
// followed, and goes with the component if that goes; one that is put off leaves before anything else is used.

const APP = "[data-testid=stApp]";
const FOLLOWED = 5000; // ms at most from a click on a link until the app, which then runs, has said so
const PRESSED = 300; // ms, likewise from anything else outside the component
const PATIENCE = 8000; // ms: a lost "finished" must not keep a message for good
const LOOK = 60; // ms
const SENT = 10; // ms after which a timer fires later than Streamlit's own, of 0 ms, that sends what was told

const putOff = new Map(); // root of a component -> what it is about to tell
const queues = new WeakMap(); // root of a component -> what waits to be told, oldest first
let linked = 0;
let leaving = 0; // messages that were told and may not have left yet
let pressed = { at: 0, path: [] };

// To another page in this window: neither a file to save nor a window of its own.
const isLink = (node) => node.localName === "a" && node.href && !node.download && node.target !== "_blank";

function flush(path) {
  for (const [root, action] of [...putOff]) if (!path.includes(root)) action();
}

function press(event) {
  const path = event.composedPath();
  flush(path);
  pressed = { at: Date.now(), path };
}

// Streamlit sends a message some moments after it is told, and a click may come in between: a link waits for that.
function click(event) {
  const path = event.composedPath();
  const link = path.find(isLink);
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  flush(path);
  follow();
  if (!leaving) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  setTimeout(() => link.click(), SENT);
}

if (typeof document !== "undefined" && document.addEventListener) {
  document.addEventListener("pointerdown", press, true);
  document.addEventListener("click", click, true);
  window.addEventListener("popstate", () => {
    follow();
    putOff.clear();
  });
}

// Until the app has begun to answer, which may be over before anybody asks.
function follow() {
  linked = Date.now();
  const app = document.querySelector(APP);
  if (!app || !globalThis.MutationObserver) return;
  const watch = new MutationObserver(() => {
    if (!isUnderWay() || Date.now() - linked > FOLLOWED) watch.disconnect();
  });
  watch.observe(app, { attributes: true });
}

// A component that is new on the page belongs to the page that a link led to.
export function arrived() {
  linked = 0;
}

function isRunning() {
  const app = typeof document === "undefined" ? null : document.querySelector(APP);
  const state = app?.dataset.testScriptState;
  return Boolean(state) && state !== "notRunning";
}

// Whether the app runs, or a link was followed and its page is not there yet.
export function isUnderWay() {
  if (isRunning()) {
    linked = 0;
    return true;
  }
  return Date.now() - linked < FOLLOWED;
}

function isBusy(root) {
  const elsewhere = !pressed.path.includes(root) && Date.now() - pressed.at < PRESSED;
  return isUnderWay() || elsewhere;
}

// Calls `action` as soon as the app can hear it, after what this component told before.
export function tell(root, action) {
  const queue = queues.get(root) ?? [];
  queues.set(root, queue);
  queue.push(action);
  if (queue.length === 1) pass(root, queue, Date.now());
}

function pass(root, queue, since) {
  if (isBusy(root) && Date.now() - since < PATIENCE) {
    setTimeout(() => (root.isConnected ? pass(root, queue, since) : queue.splice(0)), LOOK);
    return;
  }
  for (const action of queue.splice(0)) action();
  leaving += 1;
  setTimeout(() => {
    leaving -= 1;
  }, SENT);
}

// A function that tells `action` once nothing has called it for `ms`, or before anything outside `root` is used.
export function putOffTelling(root, ms, action) {
  let timer = 0;
  const now = () => {
    clearTimeout(timer);
    if (putOff.get(root) !== now) return; // the browser goes back
    putOff.delete(root);
    action();
  };
  return () => {
    clearTimeout(timer);
    timer = setTimeout(now, ms);
    putOff.set(root, now);
  };
}
