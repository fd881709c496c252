import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { halfBlocks, shade } from '../../lib/cli/picture';
import { surface } from '../../lib/cli/surface';
import { samples } from '../../lib/cli/xor-reference';
import { dense, NeuralNetwork } from '../../lib/index';

const program = path.join(__dirname, '../../dist/cli/main.js');

function chainrule(args: string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', env: { ...process.env, ...env } });
}

describe('chainrule xor: the decision surface', () => {
  const picture = `
The output for all inputs, from 0 (blank) to 1 (█); digits are the targets of the four samples:
   x₂ ┌────────────────────────────────────┐
      │██████████████████▓▓▒░░             │
      │████████████████▓▓▒▒░░              │
    1 │█████ 1 ███████▓▓▒░░░         0     │
      │█████████████▓▓▒▒░░                 │
      │████████████▓▓▒▒░░                  │
      │██████████▓▓▒▒░░                    │
      │█████████▓▓▒▒░░                   ░░│
      │███████▓▓▒▒░░                  ░░░░▒│
      │████▓▓▓▒▒░░                  ░░░▒▒▓▓│
      │▓▓▓▓▒▒▒░░                 ░░░▒▒▓▓▓██│
      │▒▒▒░░░░                ░░░▒▒▓▓▓█████│
      │░░                   ░░░▒▒▓▓████████│
      │                   ░░▒▒▓▓▓██████████│
      │                 ░░▒▒▓▓█████████████│
    0 │      0        ░░▒▒▓▓████████ 1 ████│
      │              ░░▒▒▓▓████████████████│
      │              ░▒▒▓▓█████████████████│
      │             ░░▒▓▓▓█████████████████│
      └────────────────────────────────────┘
             0                       1    x₁
`;

  test('is drawn from the predictions of the trained network', () => {
    const { status, stdout, stderr } = chainrule(['xor']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain(picture);
  });

  test.each([{ NO_COLOR: '1' }, { FORCE_COLOR: '1' }, { TERM: 'dumb' }, { COLUMNS: '20' }, { CHAINRULE_ISA: 'scalar' }])(
    'is the same with %o',
    (env) => {
      expect(chainrule(['xor'], env as NodeJS.ProcessEnv).stdout).toContain(picture);
    },
  );
});

describe('surface', () => {
  /** The output is 0 where x1 is below a half, and 1 above. */
  const steep = new NeuralNetwork({ inputSize: 2, layers: [dense(1, 'sigmoid')] });
  const [layer] = steep.layers as [(typeof steep.layers)[0]];
  layer.weights = [1e4, 0];
  layer.bias = [-5e3];

  test('shows which side the outputs are on, and the samples where they are', () => {
    expect(surface(steep, samples, 20)).toEqual([
      '   x₂ ┌────────────┐',
      '    1 │  1   ███ 0 │',
      '      │      ██████│',
      '      │      ██████│',
      '      │      ██████│',
      '    0 │  0   ███ 1 │',
      '      │      ██████│',
      '      └────────────┘',
      '         0       1x₁',
    ]);
  });

  test.each([0, 10, 20, 21, 33, 40, 44, 80, 1000])('fits into %i columns', (columns) => {
    const lines = surface(steep, samples, columns);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(Math.max(20, Math.min(44, columns)));
    expect(new Set(lines.slice(0, -1).map((line) => line.length)).size).toBe(1);
    const inside = lines.slice(1, -2).map((line) => line.slice(7, -1));
    expect(inside.join('|').match(/ [01] /g)).toEqual([' 1 ', ' 0 ', ' 0 ', ' 1 ']);
  });
});

test('halfBlocks: two rows in one line, an odd last row above nothing', () => {
  const ink = ['#.#', '##.', '..#'];
  expect(halfBlocks(3, 3, (row, column) => ink[row]?.[column] === '#')).toEqual(['█▄▀', '  ▀']);
});

test('shade: five steps, and nothing outside them', () => {
  expect([-1, 0, 0.19, 0.2, 0.5, 0.7, 0.8, 1, 2].map(shade).join('')).toBe('   ░▒▓███');
});

describe('what is not known', () => {
  test.each([
    [['xro'], 'there is no command "xro"; did you mean "xor"?'],
    [['digit'], 'there is no command "digit"; did you mean "digits"?'],
    [['DIGITS'], 'there is no command "DIGITS"; did you mean "digits"?'],
    [['inof'], 'there is no command "inof"; did you mean "info"?'],
    [['hlep'], 'there is no command "hlep"; did you mean "help"?'],
    [['--verison'], 'there is no flag "--verison"; did you mean "--version"?'],
    [['frobnicate'], 'there is no command "frobnicate"'],
    [['xor', '--asprinted'], 'xor: Unknown option \'--asprinted\'; did you mean "--as-printed"?'],
    [['xor', '--hepl'], 'xor: Unknown option \'--hepl\'; did you mean "--help"?'],
    [['info', '--all'], "info: Unknown option '--all'"],
  ])('%j: what is close to it, exit code 2', (args, message) => {
    const { status, stdout, stderr } = chainrule(args);
    const command = /^(xor|info): /.exec(message)?.[1];
    const [start, help] = command === undefined ? ['chainrule: ', ''] : ['chainrule ', `${command} `];
    expect([status, stdout, stderr]).toEqual([2, '', `${start}${message}\nTry "chainrule ${help}--help".\n`]);
  });
});
