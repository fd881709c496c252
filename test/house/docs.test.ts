import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.join(__dirname, '../..');
const read = (name: string) => readFileSync(path.join(root, name), 'utf8');

/** Code between fences of a language. */
const code = (document: string, language: string) =>
  [...read(document).matchAll(/^```(\w*)\n(.*?)^```/gms)].filter(([, tag]) => tag === language).map(([, , text]) => text as string);

test('links point at files that exist, and at lines that have the text that their labels quote', () => {
  const { documents, findProblems } = require('../../scripts/doc-links.js') as { documents: string[]; findProblems(): string[] };
  expect(documents).toEqual(
    expect.arrayContaining(['README.md', 'native/README.md', 'docs/backprop.md', 'docs/formats.md', 'docs/serving.md']),
  );
  expect(findProblems(), 'node scripts/doc-links.js --write corrects the numbers').toEqual([]);
});

// Every formula has a line: what is in the lists is in the document.
test.each([
  ['activations.inc', /^(?:ROW_)?ACTIVATION\((\w+)/gm],
  ['losses.inc', /^(?:ROW_)?LOSS\((\w+)/gm],
  ['optimizers.inc', /^OPTIMIZER\((\w+)/gm],
  ['initializers.inc', /^INITIALIZER\((\w+)/gm],
])('docs/backprop.md has every row of %s', (list, row) => {
  const names = [...read(`native/kernels/${list}`).matchAll(row)].map((match) => match[1] as string);
  expect(names.length).toBeGreaterThan(3);
  const text = read('docs/backprop.md');
  for (const name of names) expect(text).toContain(`\`${name}\``);
});

// Every figure of the README's table is in the latest table of the benchmark, in the row of the same case or below it.
test('the measured table of the README is an excerpt of bench/README.md', () => {
  const rows = read('bench/README.md').split('\n');
  const excerpt = [
    ...read('README.md').matchAll(/^\| `((?:train|xor|predict) [^`]*)`[^|]*?(?:(\d) threads)? *\| ([^|]*) \| ([^|]*) \|$/gm),
  ];
  expect(excerpt).toHaveLength(4);
  for (const [, name = '', threads = '1', ours = '', others = ''] of excerpt) {
    const first = rows.findIndex((row) => row.startsWith(`| ${name} `) && row.includes(`| ${threads} `));
    expect(rows[first], name).toContain(`| ${ours} (`);
    const next = rows.slice(first + 1).findIndex((row) => !/^\|\s*\|/.test(row));
    const peers = rows.slice(first, first + 1 + next).map((row) => row.replace(/\s+/g, ' '));
    for (const [, peer = '', figure, ratio] of others.matchAll(/([\w.]+) ([\d.]+ [\w/]+) \(([\d.]+x)\)/g)) {
      const name = { 'TensorFlow.js': 'tfjs-wasm' }[peer] ?? peer.toLowerCase();
      expect(
        peers.some((row) => row.includes(`| ${name} | ${figure} (`) && row.includes(`| ${ratio} |`)),
        `${peer} ${figure}`,
      ).toBe(true);
    }
  }
});

const documents = [
  ...[
    'README.md',
    'docs/backprop.md',
    'docs/formats.md',
    'docs/loop.md',
    'docs/losses.md',
    'docs/metrics.md',
    'docs/migrating.md',
    'docs/onnx.md',
    'docs/optimizers.md',
    'docs/serving.md',
  ],
  ...['docs/splits.md', 'docs/tables.md', 'docs/tabular.md', 'docs/training.md'],
  'docs/xor.md',
];
const examples = documents.flatMap((document) => code(document, 'js').map((text, index) => [document, index + 1, text] as const));

test.each(examples)('%s, example %i runs, and its outputs are what it says', (document, _, text) => {
  // A file, as one of them starts itself in a worker, and in this package, as they import it by name.
  const folder = mkdtempSync(path.join(root, 'build', 'example-'));
  try {
    const files = path.join(root, 'test/goldens', path.basename(document, '.md'));
    if (existsSync(files)) cpSync(files, folder, { recursive: true });
    const file = path.join(folder, 'example.mjs');
    writeFileSync(file, text);
    const output = execFileSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' });
    const promised = [...text.matchAll(/\/\/ -> (.*)$/gm)].map((match) => match[1]);
    expect(output.split('\n').filter((line) => line !== '')).toEqual(promised);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
});
