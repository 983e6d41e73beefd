// A component of Streamlit from a class: one view for each place on the page, told of all data, removed with its place.

export const mount = (View) => {
  const views = new WeakMap();
  return (component) => {
    const { parentElement } = component;
    if (!views.has(parentElement)) views.set(parentElement, new View(parentElement));
    const view = views.get(parentElement);
    view.update(component);
    return () => {
      view.remove();
      views.delete(parentElement);
    };
  };
};
