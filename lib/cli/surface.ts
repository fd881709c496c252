import type { NeuralNetwork } from '../index';
import { shade } from './picture';

/** The part of the plane that is shown, in both directions: the four samples lie inside it. */
const from = -0.25;
const to = 1.25;
const widest = 36;
const narrowest = 12;
/** The characters to the left and right of the picture. */
const frame = 8;

/**
 * The outputs of a network with two inputs and one output from 0 to 1, as a picture of shades that fits into `columns`: the first input grows to
 * the right, the second upwards. `samples` are shown as their targets.
 */
export function surface(nn: NeuralNetwork, samples: Readonly<Record<'x' | 'y', number[][]>>, columns: number): string[] {
  const width = Math.max(narrowest, Math.min(widest, columns - frame));
  const height = Math.round(width / 2); // a character is twice as high as it is wide
  const position = (index: number, count: number): number => from + ((index + 0.5) / count) * (to - from);
  const index = (value: number, count: number): number => Math.floor(((value - from) / (to - from)) * count);
  const points = Array.from({ length: height * width }, (_, at) => [
    position(at % width, width),
    position(height - 1 - Math.floor(at / width), height),
  ]);
  const { data } = nn.predict(points);
  const lines = Array.from({ length: height }, (_, line) => Array.from(data.subarray(line * width, (line + 1) * width), shade));
  const labels = new Map<number, string>();
  for (const [sample, [x1, x2]] of (samples.x as [number, number][]).entries()) {
    const line = height - 1 - index(x2, height);
    lines[line]?.splice(index(x1, width) - 1, 3, ...` ${samples.y[sample]?.[0]} `);
    labels.set(line, `${x2} `);
  }
  const border = '─'.repeat(width);
  const axis = ' '.repeat(index(0, width)).concat('0').padEnd(index(1, width)).concat('1');
  return [
    `   x₂ ┌${border}┐`,
    ...lines.map((line, number) => `${(labels.get(number) ?? '').padStart(6)}│${line.join('')}│`),
    `      └${border}┘`,
    `${' '.repeat(7)}${axis}`.padEnd(6 + width).concat('x₁'),
  ];
}
