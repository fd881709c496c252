import { describe, expect, test } from 'vitest';
import type { NativeSamples } from '../../lib/native';
import { type CheckedFit, checkFit, checkNetwork } from '../../lib/options';
import { checkingResumable, settingsOf } from '../../lib/training/resumable';

// A checkpoint is resumed only with the options that it was made with. The tests walk all checked options. A new option is compared, or it is
// named in `mayDiffer` below.

const spec = checkNetwork({ inputSize: 1, layers: [{ type: 'dense', units: 1 }] });
const source: NativeSamples = { x: new Float32Array(40), y: new Float32Array(40), rows: 40 };
const subject = { spec, source, validation: source };

const fit = checkFit(
  {
    epochs: 4,
    batchSize: 8,
    optimizer: { type: 'rmsprop', learningRate: { type: 'step', initial: 0.5, every: 2 }, momentum: 0.5, centered: true },
    validation: source,
    metrics: ['mae', 'accuracy'],
    earlyStopping: { target: 0.5, patience: 3 },
    signal: new AbortController().signal,
    onEpoch: () => true,
    onBatch: () => true,
    maxTime: 60,
    dropoutSchedule: { type: 'exponential', factor: 0.5 },
    callbackEvery: 2,
    checkpoint: { path: 'training' },
  },
  false,
);

/** The error of a resumption with these options of a training that has completed no epoch: that is found last of all. */
function refusal(options: CheckedFit, made: CheckedFit = fit): string {
  const training = {
    ...{ spec, settings: settingsOf(subject, made), history: {}, arrays: [], best: undefined },
    ...{ seconds: 0, firstStep: 0, firstEpoch: 0, steps: 0, epochs: 0, updates: 0 },
  };
  try {
    for (const _ of checkingResumable(training, subject, options, 'training'));
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

const isOther = /^training is the checkpoint of another training: (\S+) is .* there, but .* here/;
const isSame = /^training contradicts itself or this training: its history has no learningRate$/;

/** Another value of the same kind. */
const another = (value: unknown) =>
  (typeof value === 'number'
    ? 2 * value + 1
    : typeof value === 'boolean'
      ? !value
      : Array.isArray(value)
        ? value.slice(1)
        : 'another') as never;

const mayDiffer = [
  ...['epochs', 'signal', 'onEpoch', 'onBatch', 'callbackEvery', 'checkpoint', 'validation', 'validationSplit', 'maxTime', 'warnings'],
];

test('the same options are those of the same training', () => {
  expect(refusal(fit)).toMatch(isSame);
});

describe.each([...Object.keys(fit), 'validationSplit', 'madeUp'] as (keyof CheckedFit)[])('%s', (name) => {
  test.each(mayDiffer.includes(name) ? ['may differ'] : [])('%s', () => {
    expect(refusal({ ...fit, [name]: another(fit[name]) })).toMatch(isSame);
  });

  test.each(mayDiffer.includes(name) ? [] : ['may not differ'])('%s', () => {
    if (name === 'optimizer' || name === 'dropoutSchedule') return; // below
    const other = refusal({ ...fit, [name]: another(fit[name]) });
    expect(other).toMatch(isOther);
    expect(other.match(isOther)?.[1]).toMatch(new RegExp(`^${name}\\b`));
  });
});

test('an option that a checkpoint has, and that is gone, may not differ', () => {
  expect(refusal(fit, { ...fit, madeUp: 1 } as CheckedFit)).toMatch('another training: madeUp is 1 there, but absent here');
});

const { settings, schedule } = fit.optimizer;
describe.each([...Object.keys(settings), 'madeUp'].filter((name) => name !== 'learningRate'))('optimizer.%s', (name) => {
  test('may not differ', () => {
    const other = { schedule, settings: { ...settings, [name]: another(settings[name]) } };
    expect(refusal({ ...fit, optimizer: other }).match(isOther)?.[1]).toBe(`optimizer.${name}`);
  });
});

test('what comes to the optimizer besides its settings may not differ', () => {
  const optimizer = { ...fit.optimizer, madeUp: 1 };
  expect(refusal({ ...fit, optimizer }).match(isOther)?.[1]).toBe('optimizer.madeUp');
});

describe.each([...Object.keys(schedule), 'madeUp'])('optimizer.learningRate.%s', (name) => {
  test('may not differ', () => {
    const other = { ...schedule, [name]: name === 'type' ? 'constant' : another(schedule[name as 'type']) } as typeof schedule;
    expect(refusal({ ...fit, optimizer: { settings, schedule: other } }).match(isOther)?.[1]).toBe(`optimizer.learningRate.${name}`);
  });
});

test.each(Object.keys(fit.dropoutSchedule ?? {}))('dropoutSchedule.%s may not differ', (name) => {
  const { dropoutSchedule = schedule } = fit;
  const other = { ...dropoutSchedule, [name]: name === 'type' ? 'constant' : another(dropoutSchedule[name as 'type']) } as typeof schedule;
  expect(refusal({ ...fit, dropoutSchedule: other }).match(isOther)?.[1]).toBe(`dropoutSchedule.${name}`);
});

test('the weight decay may not differ where it has a schedule', () => {
  const made = { ...fit, optimizer: { ...fit.optimizer, decaySchedule: schedule } };
  const other = { ...fit, optimizer: { ...fit.optimizer, decaySchedule: { ...schedule, initial: 9 } } };
  expect(refusal(made, made)).toMatch(isSame);
  expect(refusal(other, made).match(isOther)?.[1]).toBe('optimizer.weightDecay.initial');
});

const { earlyStopping = {} } = fit;
describe.each([...Object.keys(earlyStopping), 'madeUp'])('earlyStopping.%s', (name) => {
  test('may not differ', () => {
    const other = { ...earlyStopping, [name]: another(earlyStopping[name as keyof typeof earlyStopping]) } as NonNullable<
      CheckedFit['earlyStopping']
    >;
    expect(refusal({ ...fit, earlyStopping: other }).match(isOther)?.[1]).toBe(`earlyStopping.${name}`);
  });
});

test('more epochs are other settings where a schedule takes them all', () => {
  const cosine = checkFit({ epochs: 4, optimizer: { type: 'sgd', learningRate: { type: 'cosine', initial: 1 } } }, false);
  expect(refusal({ ...cosine, epochs: 8 }, cosine).match(isOther)?.[1]).toBe('optimizer.learningRate.epochs');
});
