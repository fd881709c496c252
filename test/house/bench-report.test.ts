import { beforeAll, expect, test } from 'vitest';
import { benchModule } from '../support/bench';

// The benchmark's report, its picture of the curves, and what it puts into the documents.

interface Functions {
  reportText: (report: object) => string;
  drawCurves: (results: object[], caption: string) => string | undefined;
  replaceBetween: (text: string, part: string, body: string) => string;
  updateExcerpt: (text: string, report: object) => string;
}
let reportText: Functions['reportText'];
let drawCurves: Functions['drawCurves'];
let replaceBetween: Functions['replaceBetween'];
let updateExcerpt: Functions['updateExcerpt'];

beforeAll(async () => {
  ({ reportText } = await benchModule<Functions>('report/report.mjs'));
  ({ drawCurves } = await benchModule<Functions>('report/svg.mjs'));
  ({ replaceBetween, updateExcerpt } = await benchModule<Functions>('report/readme.mjs'));
});

const result = {
  ...{ name: 'train 784-128-10 batch 32 sgd', threads: 2, unit: 's', share: 0.5, busy: true },
  ours: { best: 70e-6, spread: 0.1, rounds: [1, 2] },
  goals: [{ share: 0.76, reached: false }, { seconds: 1e-6 }, { ratio: 1.4, over: 'pytorch', reached: true }],
  peers: {
    pytorch: { best: 283e-6, spread: 0, rounds: [1, 1], ratio: 4.04, way: 'OMP 1, OpenBLAS 2', version: '1.13' },
    fann: { missing: 'apt-get install it' },
  },
};
const report = {
  ...{ date: '2026-01-02', version: '1.0.0', isa: 'avx512', openblas: 'SkylakeX', goalCore: 247e9, missing: [], options: { rounds: 2 } },
  machine: { cpu: 'A CPU', cores: 2, system: 'Linux x64', node: 'v20' },
  roofs: [{ isa: 'avx512', threads: 1, flops: 240e9, read: 20e9, copy: 10e9 }],
  waiting: { waited: 60, isExhausted: true },
  results: [result],
};

test('a row names the goals, the way that won, and a busy machine', () => {
  const text = reportText(report);
  const rows = text.split('\n').map((row) => row.replace(/ +/g, ' '));
  expect(rows).toContain(
    '| train 784-128-10 batch 32 sgd (busy) | 2 | 70.0 us (+10 %) | 50 % | >= 76 % **no**; <= 1.00 us; 1.4x pytorch yes | pytorch | ' +
      '283 us (+0 %; OMP 1, OpenBLAS 2) | 4.04x |',
  );
  expect(rows).toContain('| | | | | | fann | missing (apt-get install it) | |');
  expect(text).toContain('Goals in seconds are for a core of 247 GFLOP/s; this one reaches 240 GFLOP/s.');
  expect(text).toContain('1 of 1 cases had to share');
  expect(text).toContain('ended after 60 s');
});

test('more than two numbers of threads get a table of their own', () => {
  expect(reportText(report)).not.toContain('by the number of threads');
  const results = [1, 2, 4].map((threads) => ({ ...result, threads, share: 1 / threads }));
  const rows = reportText({ ...report, results }).replace(/ +/g, ' ');
  expect(rows).toContain('| train 784-128-10 batch 32 sgd | 70.0 us (100 %) | 70.0 us (50 %) | 70.0 us (25 %) |');
});

const point = (at: number, share: number) => ({
  ...{
    name: `curve ${at}`,
    threads: 1,
    share,
    unit: 's',
    ours: { best: 1 },
    peers: { openblas: { share: share / 2 }, absent: { missing: 'it' } },
  },
  curve: { group: 'a < b', axis: 'width', series: 'forward', at },
});

test('curves become a picture with axes, a legend and a line for ours and each peer', () => {
  expect(drawCurves([result], '')).toBeUndefined();
  const svg = drawCurves([point(8, 0.5), point(64, 1.02)], 'somewhere') ?? '';
  expect(svg.match(/<polyline class="a" points="\d[^"]* \d[^"]*"/g)).toHaveLength(2); // one in the legend
  expect(svg.match(/<polyline class="peer a"/g)).toHaveLength(2);
  for (const text of ['a &lt; b', 'width', 'forward', 'openblas', 'somewhere', '100 %', '64']) expect(svg).toContain(`>${text}`);
  expect(svg).toContain('prefers-color-scheme: dark');
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  expect(svg.match(/<g /g)?.length).toBe(svg.match(/<\/g>/g)?.length);
});

test('a single point draws no NaN', () => {
  expect(drawCurves([point(8, 0.5)], '')).not.toMatch(/NaN|Infinity/);
});

test('a part of a document is replaced between its marks', () => {
  const text = 'before\n<!-- table: begin -->\nold\n<!-- table: end -->\nafter';
  expect(replaceBetween(text, 'table', 'new')).toBe('before\n<!-- table: begin -->\n\nnew\n\n<!-- table: end -->\nafter');
  expect(replaceBetween(replaceBetween(text, 'table', 'new'), 'table', '$& newer')).toContain('\n\n$& newer\n\n');
  expect(() => replaceBetween(text, 'picture', '')).toThrow('picture');
});

test('the table of README.md gets the figures of the same cases', () => {
  const text = [
    '| `train 784-128-10 batch 32 sgd`, a step, 2 threads | 138 us | PyTorch 321 us (2.32x), FANN 1.00 s (9.00x) |',
    '| `xor 2-4-1` | 259 ns | FANN 467 ns (1.80x) |',
    '',
    'Measured on 2026-11-24, a machine, with the peers at their strongest.',
  ].join('\n');
  expect(updateExcerpt(text, report).split('\n')).toEqual([
    '| `train 784-128-10 batch 32 sgd`, a step, 2 threads | 70.0 us | PyTorch 283 us (4.04x), FANN 1.00 s (9.00x) |',
    '| `xor 2-4-1` | 259 ns | FANN 467 ns (1.80x) |',
    '',
    'Measured on 2026-01-02, 2 core(s) of A CPU at 240 GFLOP/s each, with the peers at their strongest.',
  ]);
});
