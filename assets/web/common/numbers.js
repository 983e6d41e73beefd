// Numbers and counts as text.

export const clamp = (x, low, high) => Math.max(low, Math.min(high, x));
export const ascending = (numbers) => [...numbers].sort((a, b) => a - b);

// The digits that views/labels.py prints for numbers about as large as `scale`.
export function digitsFor(scale) {
  if (!(scale > 0)) return 2;
  if (scale >= 100) return 0;
  if (scale >= 10) return 1;
  if (scale >= 0.1) return 2;
  return Math.min(8, 1 - Math.floor(Math.log10(scale)));
}

export function signed(value, scale) {
  const text = Math.abs(value).toFixed(digitsFor(scale === undefined ? Math.abs(value) : scale));
  if (!/[1-9]/.test(text)) return text;
  return (value < 0 ? "−" : "+") + text;
}

// The size of a difference or an end of a scale: no plus sign.
export const unsigned = (value, scale) => signed(value, scale).replace("+", "");

export const counted = (count) => count.toLocaleString("en");
export const plural = (count, one, many) => `${counted(count)} ${count === 1 ? one : many}`;

export function clip(text, most) {
  const letters = Array.from(text);
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : text;
}

// The ends of an axis that shows zero and all of `values`; null stands for a value that is not there.
export function axis(values) {
  const all = values.filter((x) => x !== null);
  const low = Math.min(0, ...all);
  const high = Math.max(0, ...all);
  return low === high ? [-1, 1] : [low, high];
}
