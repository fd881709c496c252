// One rank of the benchmark, or one process without a group: trains, and the first rank prints the milliseconds of a step of each epoch.
import { dense, NeuralNetwork, setThreads } from '../../dist/index.js';
import { mpi } from '../../dist/mpi/index.js';

const { isRank, threads, batchSize, shards, steps, epochs, units } = JSON.parse(process.argv[2]);
const inputSize = 784;
setThreads(threads);
const group = isRank ? await mpi() : undefined;
const rows = batchSize * steps;
const { begin, end } = group === undefined ? { begin: 0, end: rows } : group.slice(rows);
const x = Float32Array.from({ length: (end - begin) * inputSize }, (_, i) => Math.sin((begin * inputSize + i) * 0.37));
const y = Int32Array.from({ length: end - begin }, (_, i) => (begin + i) % 10);
const network = new NeuralNetwork({
  inputSize,
  layers: [...units.map((count) => dense(count, 'relu')), dense(10, 'softmax')],
  loss: 'crossEntropy',
  seed: 1,
});

const times = [];
let last = performance.now();
const onEpoch = () => {
  const now = performance.now();
  times.push((now - last) / steps);
  last = now;
};
const data = { x, y };
await network.fit(data, { epochs, batchSize, shards, group, onEpoch, warnings: false });
// The first epoch allocates.
if (group === undefined || group.rank === 0) console.log(JSON.stringify({ times: times.slice(1), parameters: network.parameterCount }));
await group?.close();
