// Moving by keyboard: one stop for the Tab key in each list, and the arrow keys from there.

export const MOVES = /^(Arrow(Up|Down|Left|Right)|Home|End)$/;

// The neighbour of `target` among `items`; nothing beyond either end.
export function beside(items, target, key) {
  if (key === "Home") return items[0];
  if (key === "End") return items[items.length - 1];
  return items[items.indexOf(target) + (key === "ArrowDown" || key === "ArrowRight" ? 1 : -1)];
}

// The focus goes from one node to another, and so does the stop for the Tab key.
export function rove(from, to) {
  if (to.tabIndex < 0 && from.tabIndex >= 0) {
    from.tabIndex = -1;
    to.tabIndex = 0;
  }
  to.focus();
}
