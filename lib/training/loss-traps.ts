import type { History } from './history';
import { short } from './words';

/** The fewest epochs and steps after which a loss should have moved. */
const fewestEpochs = 5;
const fewestSteps = 200;

/** A loss that has moved by less than this share has not moved. It is also the least gain over a constant prediction that counts. */
const still = 0.01;

/** A loss that has stayed where a constant prediction has it, in words. `constant`: the loss of the best one. */
export function stuckTrap({ loss }: History, steps: number, constant: number): string | undefined {
  const [first, last] = [loss[0] as number, loss.at(-1) as number];
  if (loss.length < fewestEpochs || steps < fewestSteps) return undefined;
  if (!(last >= (1 - still) * constant) || Math.abs(first - last) > still * Math.abs(first)) return undefined;
  return (
    `the loss has not moved in ${loss.length} epochs: it is ${short(last)}, and that of the best constant prediction is ${short(constant)}. ` +
    'Larger initial weights leave a saddle point: the default ones, or another seed. Else raise the learning rate, or use adam'
  );
}

/** A loss of this many times the lowest one is on its way to infinity. */
const mostRise = 10;

/** A loss that has risen, in words. */
export function risingTrap({ loss, learningRate }: History): string | undefined {
  let lowest = 0;
  for (let epoch = 1; epoch < loss.length; epoch++) if ((loss[epoch] as number) < (loss[lowest] as number)) lowest = epoch;
  const [first, least, last] = [loss[0] as number, loss[lowest] as number, loss.at(-1) as number];
  if (!(least > 0 && last > mostRise * least && last > first)) return undefined;
  const [before, now] = [learningRate[lowest] as number, learningRate.at(-1) as number];
  const cause =
    now > before ? `while the learning rate rose from ${short(before)} to ${short(now)}` : `with a learning rate of ${short(now)}`;
  return (
    `the loss has risen from ${short(least)} in epoch ${lowest + 1} to ${short(last)} ${cause}: ` +
    'it goes on to infinity. Try a tenth of the learning rate, or see findLearningRate()'
  );
}
