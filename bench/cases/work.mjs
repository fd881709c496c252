// How a case is made: plain data about a product, a training, a prediction. ../drivers.mjs says who runs it and how.

/** Floating point operations of a product, of a training step, of a prediction. */
const product = (batch, inputs, units) => 2 * batch * inputs * units;
const layers = (sizes) => sizes.slice(1).map((units, i) => ({ inputs: sizes[i], units }));
export const forward = (sizes, batch) => layers(sizes).reduce((sum, { inputs, units }) => sum + product(batch, inputs, units), 0);
/** Forward, weight gradients, and input gradients of all layers but the first. */
export const step = (sizes, batch) => 3 * forward(sizes, batch) - product(batch, sizes[0], sizes[1]);
export const parameters = (sizes) => layers(sizes).reduce((sum, { inputs, units }) => sum + (inputs + 1) * units, 0);

export const both = { threads: 'both' };
export const ahead = (over) => ({ ratio: 1, over });

export const gemm = (pass, batch, units, inputs, more) => ({
  name: `gemm ${batch}x${units}x${inputs} ${pass}`,
  spec: { kind: 'gemm', pass, batch, inputs, units },
  flops: product(batch, inputs, units),
  unit: 'GFLOP/s',
  roof: 'fma',
  peers: ['openblas'],
  ...more,
});

const clamp = (value, low, high) => Math.min(high, Math.max(low, Math.round(value)));

/**
 * Time is taken in callbacks, which should be rare for what they cost and frequent for samples to be short. So large networks have few
 * batches in an epoch (but more than two: real data sets have hundreds). Small ones have many epochs between two callbacks.
 */
const pace = (flops) => {
  const batches = clamp(1e9 / flops, 8, 64);
  return { batches, callbackEvery: clamp(1e9 / flops / batches, 1, 1000) };
};

export const train = (sizes, batch, optimizer, more) => {
  const flops = step(sizes, batch);
  return {
    name: `train ${sizes.join('-')} batch ${batch} ${optimizer}`,
    spec: {
      kind: 'train',
      sizes,
      batch,
      optimizer,
      activation: 'relu',
      output: sizes.at(-1) === 1 ? 'sigmoid' : 'softmax',
      ...pace(flops),
    },
    ...{ flops, unit: 'GFLOP/s', roof: 'fma', peers: ['pytorch'] },
    ...more,
  };
};

const dense = (units, activation = 'linear') => ({ type: 'dense', units, activation });

/** Two residual blocks: the layers as our options, which every driver reads. */
export const residual = (width, batch, optimizer) => {
  const block = { type: 'residual', layers: [{ type: 'layerNorm' }, dense(width, 'relu'), dense(width)] };
  const flops = step([...Array(6).fill(width), 10], batch);
  return {
    name: `train two residual blocks, ${width} wide, layerNorm, batch ${batch} ${optimizer}`,
    spec: {
      ...{ kind: 'train', sizes: [width, 10], batch, optimizer, output: 'softmax', ...pace(flops) },
      layers: [dense(width), block, block, dense(10, 'softmax')],
    },
    ...{ flops, unit: 'GFLOP/s', roof: 'fma', goals: [ahead('pytorch')], peers: ['pytorch'], ...both },
  };
};

/** Columns of categories, each with a table of its own. */
export const embedding = ({ columns, categories, width }, units, batch, optimizer) => {
  const flops = 3 * forward([columns * width, units, 10], batch);
  return {
    name: `train ${columns} columns of ${categories} categories, ${width} wide, ${units}-10 batch ${batch} ${optimizer}`,
    spec: {
      ...{ kind: 'train', sizes: [columns, 10], batch, optimizer, output: 'softmax', ...pace(flops) },
      inputs: [{ type: 'categorical', columns, categories, width }],
      layers: [dense(units, 'relu'), dense(10, 'softmax')],
    },
    ...{ flops, unit: 's', goals: [ahead('pytorch')], peers: ['pytorch'], ...both },
  };
};

/** The same in bfloat16, against ourselves: the peak of its instructions is not measured. */
export const bf16 = (work) => ({
  ...work,
  name: `${work.name} bf16`,
  spec: { ...work.spec, precision: 'bf16' },
  roof: undefined,
  goals: [{ ratio: 1.6, over: 'ours-f32' }],
  peers: ['ours-f32'],
});

/** The same in WebAssembly, against ourselves and the other one there: the peak of its instructions is not measured. */
export const wasm = (work) => ({
  ...work,
  name: `${work.name} in WebAssembly`,
  spec: { ...work.spec, wasm: true },
  unit: 's',
  roof: undefined,
  goals: [],
  peers: ['tfjs-wasm', 'ours-native'],
});

export const predict = (sizes, rows, more) => ({
  name: `predict ${sizes.join('-')}, ${rows === 1 ? 'one row' : `${rows} rows`}`,
  spec: { kind: 'predict', sizes, rows, activation: 'relu', output: 'softmax' },
  flops: forward(sizes, rows),
  unit: 's',
  peers: ['onnxruntime'],
  ...more,
});

/** By a session: ours alone binds its arrays. */
export const bound = (work) => ({ ...work, name: `${work.name}, by a session`, spec: { ...work.spec, kind: 'session' }, peers: [] });
