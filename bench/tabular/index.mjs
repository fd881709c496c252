// Compares TabularModel with scikit-learn and xgboost on public tables: npm run bench:tabular -- --data FOLDER [options]. --help has them.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import chainrule from '../../dist/index.js';
import { linesOf, results } from './results.mjs';
import { sets } from './sets.mjs';

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const peers = ['sklearn-hgb', 'xgboost', 'sklearn-mlp', 'sklearn-mlp-es'];
const recipes = ['fast', 'default'];

const usage = `npm run bench:tabular -- --data FOLDER [--seeds 5] [--sets adult,penguins] [--models fast,sklearn-hgb] [--threads 1]

FOLDER has ${sets.flatMap(({ file }) => file ?? []).join(', ')}.
Models: ${[...recipes, ...peers].join(', ')}. The peers and the digits need Python 3 with scikit-learn and xgboost (Debian: python3-sklearn,
python3-xgboost), by the name in the environment variable PYTHON, or python3.`;

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    seeds: { type: 'string', default: '5' },
    sets: { type: 'string', default: sets.map(({ name }) => name).join() },
    models: { type: 'string', default: [...recipes, ...peers].join() },
    threads: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});

const python = process.env.PYTHON ?? 'python3';

const textOf = ({ file, script }) =>
  file === undefined
    ? execFileSync(python, [path.join(here, script)], { encoding: 'utf8' })
    : readFileSync(path.join(values.data, file), 'utf8');

/** The same rows for every model: a fifth to test with. */
function split({ without = [], ...set }, seed, folder) {
  const lines = textOf(set)
    .split(/\r?\n/)
    .filter((line) => line !== '');
  const header = lines[0].split(',').map((name) => name.replaceAll('"', ''));
  const kept = header.map((name, index) => [name, index]).filter(([name]) => !without.includes(name));
  // No cell of these files has a comma in it.
  const lineOf = (line) => kept.map(([, index]) => line.split(',')[index].trim()).join(',');
  const { train, test } = chainrule.trainTestSplit(lines.length - 1, { testSize: 0.2, seed });
  for (const [name, rows] of Object.entries({ train, test })) {
    const text = [kept.map(([column]) => column).join(','), ...Array.from(rows, (row) => lineOf(lines[row + 1]))].join('\n');
    writeFileSync(path.join(folder, `${name}.csv`), `${text}\n`);
  }
}

/** One model of one split, in a process of its own. */
function measure(model, { target, task }, seed, folder) {
  const env = {
    ...process.env,
    CHAINRULE_NUM_THREADS: values.threads,
    OMP_NUM_THREADS: values.threads,
    OPENBLAS_NUM_THREADS: values.threads,
  };
  const [command, script] = recipes.includes(model)
    ? [process.execPath, path.join(here, 'ours.mjs')]
    : [python, path.join(here, 'peers.py')];
  const output = execFileSync(command, [script, model, folder, target, task, String(seed)], {
    env: { ...env, PYTHONWARNINGS: 'ignore' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output.trim().split('\n').at(-1));
}

function main() {
  if (values.help || values.data === undefined) {
    console.log(usage);
    return;
  }
  const all = results();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-tabular-'));
  try {
    for (const set of sets.filter(({ name }) => values.sets.split(',').includes(name))) {
      for (let seed = 0; seed < Number(values.seeds); seed++) {
        split(set, seed, folder);
        for (const model of values.models.split(',')) {
          const result = measure(model, set, seed, folder);
          all.add(set, model, result);
          console.error(set.name, model, `seed ${seed}`, JSON.stringify(result));
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  console.log(linesOf(all).join('\n'));
}

main();
