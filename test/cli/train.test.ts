import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { penguins, UserFolder } from '../support/command-line';

const user = new UserFolder();
user.write('penguins.csv', penguins());
const quick = '--recipe fast --epochs 3';
const json = (name: string) => JSON.parse(readFileSync(user.file(name), 'utf8'));

const first = user.run(`train penguins.csv --target species ${quick} --seed 5`);

describe('chainrule train', () => {
  test('says what was inferred, and how to say otherwise', () => {
    expect(first.status, first.stderr).toBe(0);
    const { stdout } = first;
    expect(stdout).toMatch(/^data +penguins\.csv: 120 rows, 5 columns \(CSV: ",", a header\)$/m);
    expect(stdout).toMatch(/^missing +sex 11, bill_length_mm 7; more texts that mean missing: --missing$/m);
    expect(stdout).toMatch(/^target +species: 3 classes \(Adelie, Chinstrap, Gentoo\), as "species" has texts$/m);
    expect(stdout).toMatch(/^split +76 rows to train on, 20 to choose the best epoch, 24 for the figures: at random/m);
    expect(stdout).toMatch(/--test, --validation, --split group:COLUMN or time:COLUMN/);
    expect(stdout).toMatch(/^recipe +fast: hidden layers [\d-]+, [\d,]+ parameters, at most 3 epochs$/m);
  });

  test('each figure stands beside those of simple models, with its spread and its rows', () => {
    expect(first.stdout).toMatch(/^figures +this model +most frequent +linear$/m);
    expect(first.stdout).toMatch(/^ +accuracy( +[\d.]+ ± [\d.e-]+){3}$/m);
    expect(first.stdout).toMatch(/of 24 rows that the model had not seen; ± is a standard error/);
    expect(first.stdout).toMatch(/^most important \w+ +-?[\d.]+ ± [\d.]+$/m);
  });

  test('writes the model, reports for people and programs, and what repeats it', () => {
    const names = ['metrics.json', 'model.safetensors', 'report.html', 'report.md', 'train.json'];
    expect(readdirSync(user.file('penguins.chainrule')).sort()).toEqual(names);
    expect(first.stdout).toMatch(/^wrote +penguins\.chainrule\/ {2}model\.safetensors {2}report\.html/m);
    expect(first.stdout).toMatch(/^next +chainrule predict penguins\.chainrule new\.csv/m);
    const html = readFileSync(user.file('penguins.chainrule/report.html'), 'utf8');
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).not.toMatch(/(src|href)="(?!data:)/);
    const markdown = readFileSync(user.file('penguins.chainrule/report.md'), 'utf8');
    expect(markdown).toMatch(/^\| accuracy \| [\d.]+ ± [\d.e-]+ \| [\d.]+ ± [\d.e-]+ \| [\d.]+ ± [\d.e-]+ \|$/m);
    expect(json('penguins.chainrule/metrics.json')).toMatchObject({ rowsOfMetrics: 24, seed: 5, recipe: 'fast', task: 'classes' });
  });

  test('progress goes to the standard error: plain lines where there is no terminal', () => {
    expect(first.stderr).toMatch(/^epoch 3\/3 {2}loss [\d.]+ {2}accuracy [\d.]+ {2}\d+ rows\/s/m);
    for (const control of ['\r', '\u001b', '█']) expect(first.stderr).not.toContain(control);
    expect(first.stdout).not.toMatch(/^epoch/m);
  });

  test('train.json repeats the run: the same SHA-256, and that is said', () => {
    const [, hash] = /SHA-256 (\w{64})/.exec(first.stdout) as RegExpExecArray;
    expect(json('penguins.chainrule/train.json')).toEqual({
      chainrule: expect.any(String),
      files: ['../penguins.csv'],
      digests: { '../penguins.csv': createHash('sha256').update(penguins()).digest('hex') },
      settings: { target: 'species', recipe: 'fast', epochs: 3, seed: 5, task: 'classes' },
      weights: hash,
    });
    const again = user.run('train --config penguins.chainrule/train.json --threads 1');
    expect(again.stdout).toContain(`SHA-256 ${hash}, the same as before`);
    expect(again.stdout).toContain('(an earlier training was replaced)');
    const other = user.run('train --config penguins.chainrule/train.json --seed 6 --out other --quiet');
    expect(other).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(json('other/train.json').weights).not.toBe(hash);
    expect(json('other/train.json').settings.seed).toBe(6);
  });

  test('a train.json that was changed is checked', () => {
    user.write('changed.json', JSON.stringify({ chainrule: '1', files: ['penguins.csv'], settings: { target: 'species', sed: 1 } }));
    expect(user.run('train --config changed.json').stderr).toContain('changed.json: there is no setting "sed"; did you mean "seed"?');
    user.write('changed.json', '{');
    expect(user.run('train --config changed.json')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('changed.json is not JSON'),
    });
  });

  test('a folder of something else is left alone', () => {
    mkdirSync(user.file('photos'));
    writeFileSync(user.file('photos/me.jpg'), 'x');
    const refused = user.run(`train penguins.csv --target species ${quick} --out photos`);
    expect(refused).toMatchObject({ status: 2, stdout: '' });
    expect(refused.stderr).toContain('photos holds 1 file of something else: name another folder (--out), or say --overwrite');
    expect(readdirSync(user.file('photos'))).toEqual(['me.jpg']);
  });

  test('--json prints one document, and --quiet nothing', () => {
    const { stdout } = user.run(`train penguins.csv --target species ${quick} --json --quiet --out j --test 0.1 --no-refit`);
    expect(JSON.parse(stdout)).toMatchObject({ folder: 'j', refit: null, rowsOfMetrics: expect.any(Number), metrics: { accuracy: {} } });
  });

  test('several files are one table, and a file may be for the figures', () => {
    const [heading, ...rows] = penguins().trim().split('\n');
    for (const [name, part] of [
      ['a.csv', rows.slice(0, 60)],
      ['b.csv', rows.slice(60, 100)],
      ['c.csv', rows.slice(100)],
    ] as const) {
      user.write(name, `${[heading, ...part].join('\n')}\n`);
    }
    const { stdout, stderr } = user.run(`train a.csv b.csv --target species ${quick} --test c.csv`);
    expect(stdout, stderr).toMatch(/^data +a\.csv, b\.csv: 100 rows/m);
    expect(stdout).toMatch(/of 20 rows that the model had not seen/);
    expect(existsSync(user.file('a.chainrule/model.safetensors'))).toBe(true);
    expect(json('a.chainrule/train.json')).toMatchObject({ files: ['../a.csv', '../b.csv'], settings: { test: '../c.csv' } });
  });

  test('types, features and dropped columns are as asked', () => {
    const { stdout } = user.run(`train penguins.csv --target bill_depth_mm ${quick} --drop sex,species --split group:island --out g`);
    expect(stdout).toMatch(/^target +bill_depth_mm: a number, 15 to 18\.9, as/m);
    expect(stdout).toMatch(/sex: left out, as asked/);
    expect(stdout).toMatch(/with all rows of one island on one side/);
    expect(stdout).toMatch(/^figures +this model +mean +linear$/m);
  });
});

describe('wrong command lines', () => {
  test.each([
    ['train', 'chainrule train: FILE is missing'],
    ['train penguins.csv', '--target is missing: the column to predict, one of species, island, bill_length_mm, bill_depth_mm, sex'],
    ['train penguins.csv --target specis', '--target is "specis", which is not a column of the table; did you mean "species"?'],
    ['train penguins.csv --target species --drop islnd', '--drop is "islnd", which is not a column of the table; did you mean "island"?'],
    ['train nope.csv --target x', 'there is no nope.csv'],
    ['train penguins.csv --target species --recip fast', 'Unknown option \'--recip\'; did you mean "--recipe"?'],
    ['train penguins.csv --target species --recipe fats', '--recipe must be default or fast, got "fats"; did you mean "fast"?'],
    ['train penguins.csv --target species --split grp:x', '--split must be random, group:COLUMN or time:COLUMN, got "grp:x"'],
    ['train penguins.csv --target species --time-limit soon', '--time-limit must be a time such as 90s, 5m or 1h, got "soon"'],
    ['train penguins.csv --target species --columns sex', '--columns must be pairs such as zip=category, got "sex"'],
    ['train penguins.csv --target species --task regression', '--task must be "classes", as "species" has texts'],
    ['train penguins.csv --missing -9', '--missing must have a value; one that begins with a dash is written --missing=-9'],
    ['train penguins.csv --target species --port 1', '--open and --port go with --watch'],
  ])('%s: %s', (line, message) => {
    const { status, stdout, stderr } = user.run(line);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr.split('\n').length, 'one line, and where to read more').toBeLessThanOrEqual(3);
  });
});
