// Draws docs/xor-saddle.svg, the picture of docs/xor.md, from losses that the library computes: `node scripts/draw-xor-saddle.mjs` after
// `npm run compile`.
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { dense, NeuralNetwork } from '../dist/index.js';

export const file = new URL('../docs/xor-saddle.svg', import.meta.url);

const x = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const y = [[0], [1], [1], [0]];
const nn = new NeuralNetwork({
  inputSize: 2,
  layers: [dense(4, 'sigmoid'), dense(1, 'sigmoid')],
  loss: 'binaryCrossEntropy',
  precision: 'f64',
});

/**
 * The cross-entropy with four equal hidden units: weights `w` from both inputs, and `v` to the output, whose bias makes the outputs for
 * [0, 1] and [1, 0] one half.
 */
export function loss(w, v) {
  nn.layers[0].weights = new Float64Array(8).fill(w);
  nn.layers[1].weights = new Float64Array(4).fill(v);
  nn.layers[1].bias = [(-4 * v) / (1 + Math.exp(-w))];
  return nn.backward(x, y).loss;
}

const limit = { w: 3, v: 1 };
const cells = { across: 72, down: 48 };
const cell = 7;
const origin = { x: 62, y: 34 };
/** Upper limits of the differences to log 2 that one colour stands for, and the colours: blue is lower, red higher. */
const bands = [-0.06, -0.04, -0.02, -0.005, 0.005, 0.02, 0.06, 0.15, Infinity];
const colours = ['#2166ac', '#4393c3', '#92c5de', '#d1e5f0', '#f7f7f7', '#fddbc7', '#f4a582', '#d6604d', '#b2182b'];

export function draw() {
  const [width, height] = [cells.across * cell, cells.down * cell];
  const colourAt = (row, column) => {
    const w = limit.w * ((2 * (column + 0.5)) / cells.across - 1);
    const v = limit.v * (1 - (2 * (row + 0.5)) / cells.down);
    const difference = loss(w, v) - Math.LN2;
    return colours[bands.findIndex((upTo) => difference < upTo)];
  };
  const rects = Array.from({ length: cells.down }, (_, row) => row).flatMap((row) => {
    const runs = [];
    for (let column = 0; column < cells.across; column++) {
      const colour = colourAt(row, column);
      if (runs.at(-1)?.colour === colour) runs.at(-1).count++;
      else runs.push({ colour, column, count: 1 });
    }
    return runs.map((run) => {
      const [left, top] = [origin.x + run.column * cell, origin.y + row * cell];
      return `<rect x="${left}" y="${top}" width="${run.count * cell}" height="${cell}" fill="${run.colour}"/>`;
    });
  });
  const [middleX, middleY] = [origin.x + width / 2, origin.y + height / 2];
  const [right, bottom] = [origin.x + width, origin.y + height];
  const text = (left, top, words, anchor = 'middle', colour = '#000000') =>
    `<text x="${left}" y="${top}" text-anchor="${anchor}" fill="${colour}">${words}</text>`;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${right + 20} ${bottom + 52}" font-family="sans-serif" font-size="13">`,
    '<title>The cross-entropy of XOR around small weights: a saddle</title>',
    `<rect width="${right + 20}" height="${bottom + 52}" fill="#ffffff"/>`,
    ...rects,
    `<circle cx="${middleX}" cy="${middleY}" r="4" fill="#000000"/>`,
    text(middleX, middleY - 10, 'loss log 2: here the program begins'),
    text(right - 62, origin.y + 40, 'lower', 'middle', '#ffffff'),
    text(origin.x + 62, bottom - 32, 'lower', 'middle', '#ffffff'),
    text(origin.x + 62, origin.y + 40, 'higher', 'middle', '#ffffff'),
    text(right - 62, bottom - 32, 'higher', 'middle', '#ffffff'),
    ...[-limit.w, 0, limit.w].map((w) => text(middleX + (w / limit.w) * (width / 2), bottom + 18, w)),
    ...[-limit.v, 0, limit.v].map((v) => text(origin.x - 8, middleY + 4 - (v / limit.v) * (height / 2), v, 'end')),
    text(middleX, bottom + 40, 'w: the weights from both inputs to all four hidden units'),
    text(origin.x, 20, 'v: the weights from the hidden units to the output', 'start'),
    '</svg>',
  ].join('\n')}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(file, draw());
