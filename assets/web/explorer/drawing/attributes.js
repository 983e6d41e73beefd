// Numbers as they stand in the file: short, and left out where they say nothing.

export const digits = (x) => Number(x.toFixed(2));

export const unlessOne = (opacity) => (opacity < 1 ? digits(opacity) : null);

export const unless = (usual, value) => (value === usual ? null : value);

export const place = ({ x, y, width, height }) => ({
  x: digits(x),
  y: digits(y),
  width: digits(width),
  height: digits(height),
});
