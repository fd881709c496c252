// Curves: where are the cliffs? They are looked for around the sizes of vectors, tiles and blocks.
import { gemm, predict, train } from './work.mjs';

const batches = [1, 2, 3, 4, 6, 8, 12, 15, 16, 17, 24, 31, 32, 33, 48, 64, 128, 256, 512];
const widths = [8, 16, 24, 32, 48, 64, 96, 128, 256, 512, 1024, 2048, 4096];
const wide = widths.filter((width) => width >= 64 && width !== 96);
const narrow = [1, 2, 3, 4, 5, 8, 10, 12, 15, 16, 17, 20, 31, 32, 33];
const few = [1, 2, 3, 4, 8, 16];
const passes = ['forward', 'dX', 'dW'];

const point = (group, axis, series, at, work) => ({
  ...work,
  name: `curve ${group}: ${axis} ${at}, ${series}`,
  curve: { group, axis, at, series },
});

const products = (group, axis, points, shape) =>
  points.flatMap((at) => passes.map((pass) => point(group, axis, pass, at, gemm(pass, ...shape(at)))));

const networks = (group, axis, points, sizes, batch) =>
  points.flatMap((at) => {
    const share = { unit: 'GFLOP/s', roof: 'fma' };
    return [
      point(group, axis, 'train', at, train(sizes(at), batch(at), 'sgd')),
      point(group, axis, 'predict', at, predict(sizes(at), batch(at), share)),
    ];
  });

const fewRows = (pass) =>
  wide.flatMap((width) =>
    few.map((rows) => point(`gemm square ${pass}, few rows`, 'width', `batch ${rows}`, width, gemm(pass, rows, width, width))),
  );

export const curves = [
  ...products('gemm 512x512', 'batch', batches, (n) => [n, 512, 512]),
  ...products('gemm, 512 inputs, batch 128', 'units', narrow, (n) => [128, n, 512]),
  ...products('gemm square, batch 32', 'width', widths, (n) => [32, n, n]),
  ...passes.flatMap(fewRows),
  ...networks(
    'network 784-512-512-10',
    'batch',
    batches,
    () => [784, 512, 512, 10],
    (n) => n,
  ),
  ...networks(
    'network n-n-n-10, batch 32',
    'width',
    widths,
    (n) => [n, n, n, 10],
    () => 32,
  ),
];
