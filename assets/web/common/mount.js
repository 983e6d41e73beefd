// A component of Streamlit from a class: one view for each place on the page, told of all data, removed with its place.

import { arrived } from "./calm.js";

export const mount = (View) => {
  const views = new WeakMap();
  return (component) => {
    const { parentElement } = component;
    if (!views.has(parentElement)) {
      arrived();
      views.set(parentElement, new View(parentElement));
    }
    const view = views.get(parentElement);
    view.update(component);
    return () => {
      view.remove();
      views.delete(parentElement);
    };
  };
};
