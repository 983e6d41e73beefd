// Views of one estimate that are here already: sent ahead, or shown before. Another index or order is then on screen
// before Python has heard of it.

const OF_THE_PAGE = ["selection", "hidden", "checked", "live", "can_check", "check_reason", "link"];

export class Views {
  constructor() {
    this.known = new Map();
    this.estimate = null;
    this.asked = null; // the index and order that were chosen, as long as Python has not said so too
  }

  // Takes over what came; returns what is to be shown: what was chosen meanwhile is not taken back.
  receive(data) {
    const { ahead = [], ...view } = data;
    if (view.estimate !== this.estimate) this.forget(view.estimate);
    this.keep(view);
    for (const differs of ahead) this.keep({ ...view, ...differs });
    if (this.asked && keyOf(view) === keyOf(this.asked)) this.asked = null;
    const known = this.asked && this.known.get(keyOf(this.asked));
    return known ? merged(known, view) : view;
  }

  // The view of another index or order, if it is here; of what was chosen just before, the other one stays chosen.
  choose({ index, order, ...page }, name, value) {
    this.asked = { index, order, ...this.asked, [name]: value };
    const known = this.known.get(keyOf(this.asked));
    return known ? merged(known, page) : null;
  }

  has = (data) => this.known.has(keyOf(data));

  keep(view) {
    this.known.set(keyOf(view), view);
  }

  forget(estimate) {
    this.known.clear();
    this.estimate = estimate;
    this.asked = null;
  }
}

const keyOf = ({ index, order }) => `${index} ${order}`;

// A view with what the page says now, whatever it said when the view came.
function merged(view, page) {
  const now = Object.fromEntries(OF_THE_PAGE.filter((name) => name in page).map((name) => [name, page[name]]));
  return { ...view, ...now };
}
