import type { CheckedSchedule } from '../options';

/** Each schedule's rate after `epoch` epochs of it (from 0), of `left` epochs in all. */
const formulas: { [T in CheckedSchedule['type']]: (schedule: CheckedSchedule & { type: T }, epoch: number, left: number) => number } = {
  constant: ({ initial }) => initial,
  step: ({ initial, every, factor = 0.1 }, epoch) => initial * factor ** Math.floor(epoch / every),
  exponential: ({ initial, factor }, epoch) => initial * factor ** epoch,
  cosine: ({ initial, epochs, final = 0 }, epoch, left) => {
    const progress = Math.min(epoch / (epochs ?? left), 1);
    return final + ((initial - final) * (1 + Math.cos(Math.PI * progress))) / 2;
  },
};

/** The learning rate of an epoch (from 0) of `epochs`. */
export function learningRateAt(schedule: CheckedSchedule, epoch: number, epochs: number): number {
  const { initial, warmup, type } = schedule;
  if (epoch < warmup) return (initial * (epoch + 1)) / (warmup + 1);
  const formula = formulas[type] as (schedule: CheckedSchedule, epoch: number, left: number) => number;
  return formula(schedule, epoch - warmup, epochs - warmup);
}

/** Writes the learning rates of `count` epochs from `epoch` on. */
export function fillLearningRates(rates: Float64Array, schedule: CheckedSchedule, epoch: number, count: number, epochs: number): void {
  const constant = schedule.type === 'constant' && epoch >= schedule.warmup;
  for (let i = 0; i < count; i++) rates[i] = constant ? schedule.initial : learningRateAt(schedule, epoch + i, epochs);
}
