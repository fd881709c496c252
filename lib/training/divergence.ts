import { DivergenceError } from '../errors';
import type { NativeTrainer } from '../native';
import { type NetworkSpec, tensorsOf } from '../options';
import type { Timetables } from './schedule';

/** The most rows of a batch that an error holds. */
const mostRows = 4096;

/** The error of a step that diverged, with what the engine knows of it. `step` (from 0) is one of the whole training, in `epoch` (from 0). */
export function divergence(
  trainer: NativeTrainer,
  spec: NetworkSpec,
  timetables: Timetables,
  step: number,
  epoch: number,
): DivergenceError {
  const learningRate = timetables.learningRateOf(step, epoch);
  const firstRate = timetables.learningRate({ epoch: 0, batch: 0 });
  const out = new Float64Array(2 + mostRows);
  const rows = trainer.divergence(out, mostRows);
  const [tensor, weight] = out as unknown as [number, number];
  const name = tensor < 0 ? undefined : nameOf(spec, tensor);
  return new DivergenceError(step + 1, epoch + 1, learningRate, undefined, {
    rows: rows > 0 ? Array.from(out.subarray(2, 2 + rows)) : undefined,
    largest: name === undefined ? undefined : { tensor: name, weight },
    risenFrom: learningRate > firstRate ? firstRate : undefined,
  });
}

/** A tensor as users write it: `layers[2].weights`. */
function nameOf(spec: NetworkSpec, index: number): string | undefined {
  for (const tensor of tensorsOf(spec)) if (tensor.index === index) return `${tensor.list}[${tensor.layer}].${tensor.key}`;
  return undefined;
}
