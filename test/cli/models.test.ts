import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { dense, NeuralNetwork } from '../../lib/index';
import { TabularModel } from '../../lib/tabular';
import { penguins, UserFolder } from '../support/command-line';

const user = new UserFolder();
user.write('penguins.csv', penguins());
expect(user.run('train penguins.csv --target species --recipe fast --epochs 3 --quiet')).toEqual({ status: 0, stdout: '', stderr: '' });
const rows = penguins().trim().split('\n');

describe('chainrule predict', () => {
  test('a row for each row, in the same order, with the columns that are kept as they stood', () => {
    const { stdout } = user.run('predict penguins.chainrule penguins.csv --keep all --probabilities');
    const [heading, ...lines] = stdout.trim().split('\n');
    expect(heading).toBe(`${rows[0]},predicted_species,probability_Adelie,probability_Chinstrap,probability_Gentoo`);
    expect(lines.map((line) => line.split(',').slice(0, 5).join(','))).toEqual(rows.slice(1).map((row) => row.replace(',NA,', ',,')));
  });

  test('reads the standard input, and writes lines of JSON', () => {
    const { stdout } = user.run('predict penguins.chainrule - --format ndjson', penguins(4));
    const predictions = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(predictions).toHaveLength(4);
    const [{ label, probabilities }] = predictions;
    expect(Object.keys(probabilities)).toEqual(['Adelie', 'Chinstrap', 'Gentoo']);
    expect(probabilities[label]).toBe(Math.max(...(Object.values(probabilities) as number[])));
  });

  test('--out writes a file, in the format of its name', () => {
    expect(user.run('predict penguins.chainrule penguins.csv --out p.jsonl --keep sex')).toEqual({ status: 0, stdout: '', stderr: '' });
    const [first = ''] = readFileSync(user.file('p.jsonl'), 'utf8').split('\n');
    expect(JSON.parse(first)).toMatchObject({ record: { sex: expect.any(String) }, label: expect.any(String) });
  });

  test('a reader that leaves early is no error', () => {
    const program = path.join(__dirname, '../../dist/cli/main.js');
    const line = `"${process.execPath}" "${program}" predict penguins.chainrule penguins.csv | head -n 1`;
    if (process.platform === 'win32') return;
    expect(spawnSync('sh', ['-c', line], { cwd: user.path, encoding: 'utf8' })).toMatchObject({
      stdout: 'predicted_species\n',
      stderr: '',
    });
  });

  test.each([
    ['predict penguins.chainrule penguins.csv --keep islnd', '--keep: the data have no column "islnd"; did you mean "island"?'],
    ['predict penguins.chainrule', 'FILE|- is missing'],
    ['predict nothing.chainrule penguins.csv', 'nothing.chainrule'],
    ['evaluate penguins.csv penguins.csv', 'penguins.csv is no safetensors file'],
  ])('%s', (line, message) => {
    const { status, stdout, stderr } = user.run(line);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});

test('chainrule evaluate: figures beside those of a constant and of the training, and the rows', () => {
  const { stdout } = user.run('evaluate penguins.chainrule penguins.csv');
  expect(stdout).toMatch(/^figures +this model +most frequent$/m);
  expect(stdout).toMatch(/^ +accuracy +[\d.]+ ± [\d.e-]+ +[\d.]+ ± [\d.e-]+$/m);
  expect(stdout).toMatch(/^ +of 120 rows; ± is a standard error/m);
  expect(stdout).toMatch(/^at training +this model +most frequent +linear$/m);
  expect(stdout).toMatch(/^ +of 24 rows that it had not seen; the linear model is not kept$/m);
  expect(stdout).toMatch(/^careful +the model was trained on penguins\.csv: of other rows its figures are worse$/m);
  user.write('few.csv', penguins(30));
  expect(user.run('evaluate penguins.chainrule few.csv').stdout).not.toMatch(/^careful/m);
  expect(stdout).toMatch(/^confusion +is, predicted: +Adelie +Chinstrap +Gentoo$/m);
  expect(JSON.parse(user.run('evaluate penguins.chainrule penguins.csv --json').stdout)).toMatchObject({
    rows: 120,
    baselines: { 'most frequent': { accuracy: { value: expect.any(Number) } } },
  });
});

describe('chainrule inspect and export', () => {
  test('a tabular model: what it predicts, from what, how well', () => {
    const { stdout } = user.run('inspect penguins.chainrule');
    expect(stdout).toMatch(/^predicts +species: a class of Adelie, Chinstrap, Gentoo$/m);
    expect(stdout).toMatch(/island: category of 3 \(Biscoe, Dream, Torgersen\)$/m);
    expect(stdout).toMatch(/bill_length_mm: number, may be missing$/m);
    expect(stdout).toMatch(/^weights +SHA-256 \w{64}$/m);
    expect(JSON.parse(user.run('inspect penguins.chainrule --json').stdout)).toMatchObject({ kind: 'tabular', schema: { target: {} } });
  });

  test('onnx: columns become predictions, and the network is checked', async () => {
    const { status, stdout, stderr } = user.run('export penguins.chainrule --to onnx');
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^wrote +penguins\.chainrule\/model\.onnx: \d inputs, 2 outputs$/m);
    expect(stdout).toMatch(/^checked +its network, in a file of its own, predicts the same bits for 64 rows$/m);
    expect(stdout).toMatch(/island: string$/m);
    expect(stdout).toMatch(/bill_length_mm: double$/m);
    expect(stdout).toMatch(/^outputs +label\n +probabilities$/m);
    const model = await TabularModel.load(user.file('penguins.chainrule/model.safetensors'));
    expect(readFileSync(user.file('penguins.chainrule/model.onnx')).equals(model.toONNX())).toBe(true);
    expect(user.run('inspect penguins.chainrule/model.onnx').stderr).toMatch(/is a model of a table, for ONNX runtimes/);
  });

  test.each(['json', 'safetensors'])('%s: written, checked, and inspected', (format) => {
    const { status, stdout, stderr } = user.run(`export penguins.chainrule --to ${format}`);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^checked +read again, it predicts the same bits for 64 rows$/m);
    const again = user.run(`export penguins.chainrule --to ${format}`);
    expect(again).toMatchObject({ status: 2, stderr: expect.stringContaining('exists: name another file (--out), or say --overwrite') });
    const inspected = user.run(`inspect penguins.chainrule/network.${format}`);
    expect(inspected.stdout, inspected.stderr).toMatch(/: a network, [\d,]+ bytes\n/);
  });

  test('js and npz: written and checked', () => {
    expect(user.run('export penguins.chainrule --to js').stdout).toMatch(
      /^wrote +penguins\.chainrule\/network\.mjs: \d+ inputs, 3 outputs$/m,
    );
    const { stdout, stderr } = user.run('export penguins.chainrule --to npz --out weights.npz');
    expect(stdout, stderr).toMatch(/^checked +read again, it predicts the same bits for 64 rows$/m);
  });

  test('plain networks, and tensors of other programs', async () => {
    await new NeuralNetwork({ inputSize: 2, layers: [dense(1)] }).save(user.file('plain.safetensors'));
    expect(user.run('inspect plain.safetensors').stdout).toMatch(/^file +plain\.safetensors: a network/);
    expect(user.run('export plain.safetensors --to onnx').stdout).toMatch(/^checked +read again, it predicts the same bits for 64 rows$/m);
    expect(user.run('inspect network.onnx').stdout).toMatch(/^file +network\.onnx: a network/);
    const header = JSON.stringify({ 'fc.weight': { dtype: 'F32', shape: [1, 1], data_offsets: [0, 4] } });
    const prefix = Buffer.alloc(8);
    prefix.writeBigUInt64LE(BigInt(header.length));
    user.write('torch.safetensors', `${prefix.toString('latin1')}${header}\0\0\0\0`);
    expect(user.run('inspect torch.safetensors').stdout).toMatch(/^tensors +fc\.weight {2}F32 {2}\[1,1\]$/m);
  });
});
