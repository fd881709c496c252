import { wrongShape, wrongValue } from '../errors';
import { atOnce, inSlices, type Pieces } from '../event-loop';
import type { FloatArray } from '../native';
import { losses, type TargetKind } from '../options';
import type { Precision } from '../options/network';
import { withoutNames } from './class-names';
import { type Bounds, finiteBounds, isLarge, unitBounds } from './intake';
import { toLabels } from './labels';
import { checkMatrix, completeMatrix, type MatrixWanted, needsTime, type openMatrix, type Reuse } from './matrix';
import type { SampleShape } from './sample-shape';
import { place } from './typed-arrays';

/** The targets of samples on their way in. */
export interface OpenTargets {
  data: Int32Array | FloatArray;
  check(): void;
  complete?: (betweenSlices?: () => void) => Promise<void>;
}

/** The targets that a loss takes. */
interface TargetRule {
  bounds?: (precision: Precision) => Bounds;
  /** Finds the first wrong one, in any order. */
  finding?: (data: FloatArray, columns: number) => Pieces<Wrong | undefined>;
}

/** A target that is refused: its index, and what it has to be. */
interface Wrong {
  index: number;
  expected: string;
  got?: number;
}

const outside = (expected: string, isRight: (value: number) => boolean) =>
  function* (data: FloatArray): Pieces<Wrong | undefined> {
    for (const [begin, end] of parts(data.length)) {
      for (let index = begin; index < end; index++) if (!isRight(data[index] as number)) return { index, expected };
      yield;
    }
    return undefined;
  };

const rules: Readonly<Record<TargetKind, TargetRule>> = {
  numbers: {},
  anything: {},
  probabilities: { bounds: () => unitBounds, finding: outside('from 0 to 1', (value) => value >= 0 && value <= 1) },
  counts: {
    bounds: (precision) => ({ low: 0, high: finiteBounds[precision].high }),
    finding: outside('0 or more', (value) => value >= 0),
  },
  sides: { finding: findingNoSide },
  distributions: { finding: findingNoDistribution },
};

/** Values that are looked at between two looks at the clock. */
const valuesAtOnce = 2 ** 15;

function* parts(length: number, unit = 1): Generator<[begin: number, end: number]> {
  const step = Math.max(unit, Math.floor(valuesAtOnce / unit) * unit);
  for (let begin = 0; begin < length; begin += step) yield [begin, Math.min(length, begin + step)];
}

/** Two sides are 0 and 1, or -1 and 1. */
function* findingNoSide(data: FloatArray): Pieces<Wrong | undefined> {
  let low: number | undefined;
  for (const [begin, end] of parts(data.length)) {
    for (let index = begin; index < end; index++) {
      const value = data[index] as number;
      if (value === 1) continue;
      if ((value !== 0 && value !== -1) || (low !== undefined && value !== low)) {
        const expected = low === undefined ? '0 or 1 (or -1 or 1)' : `${low} or 1 like those before it`;
        return { index, expected };
      }
      low = value;
    }
    yield;
  }
  return undefined;
}

/** Sums of 32-bit probabilities differ from 1 by less than this. */
const tolerance = 1e-3;

/** The rows of a distribution are from 0 to 1, and their sum is 1. */
function* findingNoDistribution(data: FloatArray, columns: number): Pieces<Wrong | undefined> {
  for (const [begin, end] of parts(data.length, columns)) {
    for (let row = begin; row < end; row += columns) {
      let sum = 0;
      for (let index = row; index < row + columns; index++) {
        const value = data[index] as number;
        if (!(value >= 0 && value <= 1)) return { index, expected: 'from 0 to 1' };
        sum += value;
      }
      if (Math.abs(sum - 1) > tolerance) return { index: row, expected: 'in a row whose sum is 1', got: sum };
    }
    yield;
  }
  return undefined;
}

/** The targets of `rows` samples: class labels where the loss has classes, else a matrix. */
export function openTargets(
  given: unknown,
  name: string,
  rows: number,
  shape: SampleShape,
  reuse: Reuse,
  open: typeof openMatrix,
): OpenTargets {
  const { loss, outputSize, targetSize, precision, classNames, intake } = shape;
  const row = losses[loss];
  const value = classNames === undefined ? given : withoutNames(given, name, classNames, outputSize, row.takesLabels === true);
  const labels = row.takesLabels ? toLabels(value, name, rows, outputSize) : undefined;
  if (labels !== undefined) return { data: labels, check: () => {} };
  const { bounds, finding } = rules[row.targets];
  const each = outputSize / targetSize;
  const wanted: MatrixWanted = {
    columns: targetSize,
    columnsAre: loss === 'custom' ? 'loss.targets' : each === 1 ? 'outputSize' : `outputSize / ${each}`,
    precision,
    reuse,
    intake,
    ...(bounds && { bounds: bounds(precision) }),
  };
  const y = open(value, name, wanted);
  if (y.rows !== rows) throw wrongShape(`${name} must have ${rows} rows like x, got ${y.rows}`);
  let isRight = finding === undefined;
  const refuse = (wrong: Wrong | undefined): void => {
    isRight = wrong === undefined;
    if (wrong !== undefined) {
      throw wrongValue(
        `${name} at ${place(wrong.index, targetSize)}`,
        `${wrong.expected} for the loss "${loss}"`,
        wrong.got ?? y.data[wrong.index],
      );
    }
  };
  const check = (): void => {
    checkMatrix(y, name, wanted);
    if (isRight || (bounds !== undefined && y.within === true)) return;
    refuse(atOnce((finding as Required<TargetRule>['finding'])(y.data, targetSize)));
  };
  if (!needsTime(y, wanted) && (bounds !== undefined || finding === undefined || !isLarge(y.data.length) || reuse === 'any')) {
    return { data: y.data, check };
  }
  return {
    data: y.data,
    check,
    complete: async (betweenSlices) => {
      await completeMatrix(y, wanted, betweenSlices);
      if (bounds !== undefined || finding === undefined || y.within === false) return;
      const wrong = await inSlices(finding(y.data, targetSize), betweenSlices);
      isRight = wrong === undefined;
    },
  };
}
