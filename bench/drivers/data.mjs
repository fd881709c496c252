// The same made-up data for every driver: what they compute does not matter, that it is not all zeros does.

/** Values of which larger data is made of copies; a prime, so that rows differ. */
const most = 1_048_573;

/** Fills an array of any type with copies of its first `known` values. */
function repeat(data, known) {
  for (let filled = known; filled < data.length; filled *= 2) data.copyWithin(filled, 0, data.length - filled);
  return data;
}

/** Row-major values between -1 and 1. */
export function values(count, salt = 0, memory = new ArrayBuffer(4 * count)) {
  const data = new Float32Array(memory);
  const known = Math.min(count, most);
  for (let i = 0; i < known; i++) data[i] = Math.sin(i * 12.9898 + salt);
  return repeat(data, known);
}

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

export const isXor = ({ sizes }) => sizes[0] === 2;

/** Data of real size lies in shared memory, from where nothing has to be copied. */
function sharedSamples({ sizes, rows, validation = 0 }) {
  const all = rows + validation;
  const outputs = sizes.at(-1);
  const x = values(all * sizes[0], 0, new SharedArrayBuffer(4 * all * sizes[0]));
  if (outputs > 1) return { rows: all, x, labels: labels(all, outputs), outputs };
  return { rows: all, x, y: new Float32Array(all).map((_, i) => i % 2), outputs };
}

/** The samples of a training case: x row-major, labels or (one sigmoid output) targets. */
export function samples(spec) {
  if (spec.rows) return sharedSamples(spec);
  const { sizes, batch, batches, inputs } = spec;
  const rows = batch * batches;
  const outputs = sizes.at(-1);
  if (isXor(spec)) return { rows, x: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), y: Float32Array.of(0, 1, 1, 0), outputs };
  const x = inputs ? categoriesOf(rows * sizes[0], inputs[0].categories) : values(rows * sizes[0]);
  if (outputs === 1) return { rows, x, y: new Float32Array(rows).map((_, i) => i % 2), outputs };
  return { rows, x, labels: labels(rows, outputs), outputs };
}

/** Row-major data as an array of plain arrays. */
export const toRows = (data, width) =>
  Array.from({ length: data.length / width }, (_, i) => [...data.subarray(i * width, (i + 1) * width)]);
