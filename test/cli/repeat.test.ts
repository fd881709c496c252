import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { trainFlags } from '../../lib/cli/flags/lists';
import { UserFolder } from '../support/command-line';

/*
 * train.json has every flag that has an influence on the model.
 */

const user = new UserFolder();
const json = (name: string) => JSON.parse(readFileSync(user.file(name), 'utf8'));
const lines = (rows: number, line: (row: number) => string) => Array.from({ length: rows }, (_, row) => `${line(row)}\n`).join('');
const unlike = (row: number) => (row * 7919) % 101;

user.write(
  'dialect.txt',
  `a;b;c;g;w;y\n# a comment\n${lines(90, (row) => `${unlike(row)},5;${row % 9 === 0 ? 'x' : row % 4};'c;${row % 3}';${row % 10};${1 + (row % 2)};${(row % 3) - 1}`)}`,
);
user.write(
  'bare.csv',
  lines(80, (row) => `${row},2026-01-${10 + (row % 20)},${row % 7 === 0 ? 'NA' : row % 5 ? 'None' : '-'},${unlike(row)}`),
);
user.write(
  'test.csv',
  lines(20, (row) => `${row},2026-03-${10 + row},${row % 5 ? 'None' : '-'},${unlike(3 * row)}`),
);
const seen = new Set<string>();

test.each([
  [
    'dialect',
    'dialect.txt --target y --task classes --features a,b,c --weights w --test 0.25 --validation 0.3 --split group:g --recipe fast ' +
      "--metric logLoss --seed 7 --epochs 3 --no-refit --columns b=category --delimiter ; --quote ' --decimal , --comment # --missing x --encoding latin1",
  ],
  [
    'bare',
    'bare.csv --no-header --target column4 --drop column1 --split time:column2 --recipe fast --test test.csv --missing-only NA --time-limit 60',
  ],
])('%s: the same bits and figures come out of train.json', (name, line) => {
  const flags = [...line.matchAll(/--([\w-]+)/g)].map(([, flag]) => flag as string);
  for (const flag of flags) seen.add(flag);
  const first = user.run(`train ${line} --out ${name} --quiet`);
  expect(first, first.stderr).toEqual({ status: 0, stdout: '', stderr: '' });
  const { settings, weights } = json(`${name}/train.json`);
  // The number of epochs that there was time for takes the place of the limit.
  const recorded = [...new Set([...flags.filter((flag) => flag !== 'time-limit'), 'epochs', 'task', 'recipe', 'seed'])];
  expect(Object.keys(settings).sort()).toEqual(recorded.sort());
  const again = user.run(`train --config ${name}/train.json --out again --json`);
  expect(again.stderr, again.stderr).not.toMatch(/^chainrule:/m);
  const { weights: same, settings: sameSettings } = json('again/train.json');
  expect([same, sameSettings]).toEqual([weights, { ...settings, ...(name === 'bare' && { test: '../test.csv' }) }]);
  const figures = ({ seconds: _, taskWhy: __, ...rest }: Record<string, unknown>) => rest;
  expect(figures(json('again/metrics.json'))).toEqual(figures(json(`${name}/metrics.json`)));
});

test.each([
  ['dialect', "dialect.txt --delimiter ; --quote ' --comment # --encoding latin1", '--decimal , --missing x', '--decimal , --missing 3'],
  ['bare', 'test.csv --no-header', '--missing-only NA', '--missing-only None'],
])('%s: predict and evaluate read cells as the training did', (name, data, asTrained, otherwise) => {
  for (const command of ['predict --probabilities', 'evaluate']) {
    const output = (flags: string) => user.run(`${command} ${name} ${data} ${flags}`.trim());
    const plain = output('');
    expect(plain, plain.stderr).toMatchObject({ status: 0 });
    expect(plain.stdout).toBe(output(asTrained).stdout);
    expect(plain.stdout).not.toBe(output(otherwise).stdout);
  }
});

test('a flag beside --config takes the place of its counterpart', () => {
  expect(user.run('train --config bare/train.json --missing None,- --out other --quiet')).toEqual({ status: 0, stdout: '', stderr: '' });
  const { settings } = json('other/train.json');
  expect(settings.missing).toEqual(['None', '-']);
  expect(settings).not.toHaveProperty('missing-only');
  expect(user.run('train bare.csv --target column4 --no-header --missing x --missing-only y').stderr).toContain(
    '--missing and --missing-only do not go together',
  );
});

afterAll(() => {
  const influential = Object.keys(trainFlags).filter(
    (flag) => !['out', 'overwrite', 'config', 'resume', 'watch', 'port', 'open', 'threads', 'json', 'quiet'].includes(flag),
  );
  expect([...seen].sort(), 'every flag with an influence on the model is tested here').toEqual(influential.sort());
});
