// What this browser remembers of a newcomer: that the tour was seen, that the gallery was put away.

const PREFIX = "spex-";

export function recall(name, storage = globalThis.localStorage) {
  try {
    return storage.getItem(PREFIX + name) || "";
  } catch {
    return ""; // a browser that keeps nothing
  }
}

export function keep(name, value, storage = globalThis.localStorage) {
  try {
    storage.setItem(PREFIX + name, value);
  } catch {
    // likewise: it is asked again next time
  }
}
