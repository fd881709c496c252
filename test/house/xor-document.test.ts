import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { printed, published } from '../../lib/cli/xor-reference';
// @ts-expect-error plain JavaScript
import { draw, file, loss } from '../../scripts/draw-xor-saddle.mjs';

// docs/xor.md: test/house/docs.test.ts runs its code; here is what stands beside it.

const root = path.join(__dirname, '../..');
const document = readFileSync(path.join(root, 'docs/xor.md'), 'utf8');

test('the table is the published one', () => {
  const [epochs, losses] = [...document.matchAll(/^\| (?:epoch|loss) +\| ([\d. |]+) \|$/gm)].map(([, cells]) =>
    (cells as string).split('|').map(Number),
  );
  expect(losses).toEqual(published.losses);
  expect(epochs).toEqual(published.losses.map((_, index) => index * printed.every));
  expect(document).toContain(`the outputs afterwards: ${published.outputs.join(', ')}.`);
});

test('it says where the table comes from', () => {
  expect(document).toContain('titled "Backpropagation Algorithm", by Sharan Initiatives');
});

test('the decision surface is what the command prints', () => {
  const program = path.join(root, 'dist/cli/main.js');
  const { stdout } = spawnSync(process.execPath, [program, 'xor'], { encoding: 'utf8' });
  const picture = /^ {3}x₂ ┌.*?x₁\n/ms.exec(document)?.[0] as string;
  expect(picture.split('\n')).toHaveLength(22);
  expect(stdout).toContain(picture);
});

test('the picture of the saddle is what its script draws', () => {
  expect(readFileSync(file, 'utf8')).toBe(draw());
  expect(document).toContain('(xor-saddle.svg)');
});

test('what the picture shows is a saddle: two valleys and two ridges, level in the middle', () => {
  /** The same from the formula: the mean of softplus of the logits with their sign. */
  const byHand = (w: number, v: number): number => {
    const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
    const logit = (sum: number): number => 4 * v * (sigmoid(w * sum) - sigmoid(w));
    const softplus = (z: number): number => Math.log1p(Math.exp(z));
    return (softplus(logit(0)) + softplus(logit(2)) + 2 * softplus(0)) / 4;
  };
  for (let w = -3; w <= 3; w += 0.5) {
    for (let v = -1; v <= 1; v += 0.25) expect(loss(w, v)).toBeCloseTo(byHand(w, v), 12);
  }
  expect(loss(0, 0)).toBeCloseTo(Math.LN2, 12);
  for (const sign of [1, -1]) {
    // Farther out it is lower along the valleys, and higher along the ridges.
    for (const step of [0.5, 1, 1.5, 2, 2.5]) {
      expect(loss(sign * (step + 0.5), (sign * (step + 0.5)) / 5)).toBeLessThan(loss(sign * step, (sign * step) / 5));
      expect(loss(-sign * (step + 0.5), (sign * (step + 0.5)) / 5)).toBeGreaterThan(loss(-sign * step, (sign * step) / 5));
    }
  }
});
