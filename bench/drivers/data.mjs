// The same made-up data for every driver: what they compute does not matter, that it is not all zeros does.

/** Row-major values between -1 and 1. */
export const values = (count, salt = 0) => new Float32Array(count).map((_, i) => Math.sin(i * 12.9898 + salt));

export const labels = (count, classes) => new Int32Array(count).map((_, i) => (i * 7) % classes);

export const oneHot = (indices, classes) => {
  const rows = new Float32Array(indices.length * classes);
  indices.forEach((label, row) => {
    rows[row * classes + label] = 1;
  });
  return rows;
};

/** Indices of categories, as numbers. */
const categoriesOf = (count, categories) => new Float32Array(count).map((_, i) => (i * 7919) % categories);

/** The samples of a training case: x row-major, labels or (one sigmoid output) targets. */
export function samples({ sizes, batch, batches, inputs }) {
  const rows = batch * batches;
  const outputs = sizes.at(-1);
  if (outputs === 1) return { rows, x: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), y: Float32Array.of(0, 1, 1, 0), outputs };
  const x = inputs ? categoriesOf(rows * sizes[0], inputs[0].categories) : values(rows * sizes[0]);
  return { rows, x, labels: labels(rows, outputs), outputs };
}

/** Row-major data as an array of plain arrays. */
export const toRows = (data, width) =>
  Array.from({ length: data.length / width }, (_, i) => [...data.subarray(i * width, (i + 1) * width)]);
