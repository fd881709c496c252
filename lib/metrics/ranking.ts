import type { Pieces } from '../event-loop';
import { atOnce, meanOf, type Note, type ScorePairs, type Settings, weightOf } from './input';
import { orderOf } from './ordering';

/*
 * Metrics of the order in which scores put the samples. With several classes, each is compared with the rest.
 */

/** One class against the rest. */
interface Ranking {
  scores: Float64Array;
  isPositive: Uint8Array;
  weights: ScorePairs['weights'];
  positives: number;
  negatives: number;
}

type Area = (ranking: Ranking) => Pieces<number>;

/** Calls `add` for each group of equal scores, the largest first, with the weights of its positives and negatives. */
function* groups({ scores, isPositive, weights }: Ranking, add: (positives: number, negatives: number) => void): Pieces<void> {
  const order = yield* orderOf(scores);
  let [positives, negatives] = [0, 0];
  for (let i = order.length - 1; i >= 0; i--) {
    const row = order[i] as number;
    const weight = weightOf(weights, row);
    if (isPositive[row] === 1) positives += weight;
    else negatives += weight;
    if (i === 0 || scores[order[i - 1] as number] !== scores[row]) {
      add(positives, negatives);
      [positives, negatives] = [0, 0];
    }
    if (i % atOnce === 0) yield;
  }
}

function* rocArea(ranking: Ranking): Pieces<number> {
  let [area, found] = [0, 0];
  yield* groups(ranking, (positives, negatives) => {
    area += negatives * (found + positives / 2);
    found += positives;
  });
  return area / (ranking.positives * ranking.negatives);
}

/** The sum over thresholds of precision times the gain in recall: no interpolation. */
function* averagePrecision(ranking: Ranking): Pieces<number> {
  let [area, found, taken] = [0, 0, 0];
  yield* groups(ranking, (positives, negatives) => {
    found += positives;
    taken += positives + negatives;
    if (positives > 0) area += (positives * found) / taken;
  });
  return area / ranking.positives;
}

/** The scores of one column, and which samples are of its class. */
function* rankingOf({ actual, scores, rows, columns, independent, weights }: ScorePairs, column: number): Pieces<Ranking> {
  const ranking: Ranking = { scores: new Float64Array(rows), isPositive: new Uint8Array(rows), weights, positives: 0, negatives: 0 };
  const positive = columns === 1 ? 1 : column;
  for (let row = 0; row < rows; row++) {
    const isPositive = independent ? actual[row * columns + column] === 1 : actual[row] === positive;
    ranking.scores[row] = scores[row * columns + column] as number;
    ranking.isPositive[row] = Number(isPositive);
    ranking[isPositive ? 'positives' : 'negatives'] += weightOf(weights, row);
    if (row % atOnce === 0) yield;
  }
  return ranking;
}

function* averaged(pairs: ScorePairs, area: Area, needsNegatives: boolean, settings: Settings, note: Note): Pieces<number | number[]> {
  const { columns, independent } = pairs;
  const { average = 'macro' } = settings;
  const isBinary = columns <= 2 && !independent;
  const values: number[] = [];
  const supports: number[] = [];
  for (let column = isBinary ? columns - 1 : 0; column < columns; column++) {
    const ranking = yield* rankingOf(pairs, column);
    const { positives, negatives } = ranking;
    supports.push(positives);
    const isDefined = positives > 0 && (negatives > 0 || !needsNegatives);
    if (!isDefined && (positives > 0 || average !== 'weighted')) {
      const others = positives > 0 ? 'there are no other classes than' : 'there are no samples of';
      note(`${others} class ${isBinary ? 1 : column}`);
    }
    values.push(isDefined ? yield* area(ranking) : Number.NaN);
  }
  if (isBinary) return values[0] as number;
  if (average === 'none') return values;
  return average === 'macro' ? meanOf(values) : meanOf(values, supports);
}

/** The area under the curve of true over false positives: the chance that a positive scores more than a negative. */
export function rocAuc(pairs: ScorePairs, settings: Settings, note: Note): Pieces<number | number[]> {
  return averaged(pairs, rocArea, true, settings, note);
}

/** Average precision: the area under the curve of precision over recall. */
export function prAuc(pairs: ScorePairs, settings: Settings, note: Note): Pieces<number | number[]> {
  return averaged(pairs, averagePrecision, false, settings, note);
}
