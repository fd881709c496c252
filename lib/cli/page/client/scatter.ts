import type { Result } from '../data';
import { h, s } from './dom';
import { short, tick as shortTick } from './format';
import { extent, linearScale } from './scale';

const size = 360;
const margin = 62;

/** Predicted against true values; those on the diagonal are right. */
export function scatter({ target, true: truth, predicted }: NonNullable<Result['predictions']>): HTMLElement {
  const { low, high } = extent([truth, predicted], false) ?? { low: 0, high: 1 };
  const x = linearScale({ low, high, from: margin, to: size - 8 }, 4);
  const y = linearScale({ low, high, from: size - margin + 12, to: 8 }, 4);
  const [bottom, top] = [y.at(low), y.at(high)];
  const ticks = x.ticks.flatMap((tick) => [
    s('line', { class: 'grid', x1: margin, x2: size - 8, y1: y.at(tick), y2: y.at(tick) }),
    s('text', { class: 'tick', x: margin - 6, y: y.at(tick) + 4, 'text-anchor': 'end' }, shortTick(tick)),
    s('text', { class: 'tick', x: x.at(tick), y: bottom + 16, 'text-anchor': 'middle' }, shortTick(tick)),
  ]);
  const dots = truth.map((value, index) => s('circle', { class: 'sample', cx: x.at(value), cy: y.at(predicted[index] as number), r: 2.6 }));
  const errors = truth.map((value, index) => Math.abs(value - (predicted[index] as number))).sort((a, b) => a - b);
  const median = errors[Math.floor(errors.length / 2)] ?? 0;
  const label = `Predicted against true ${target} of ${truth.length} rows, from ${short(low)} to ${short(high)}; half of the errors are at most ${short(median)}.`;
  return h(
    'figure',
    { class: 'scatter' },
    s(
      'svg',
      { viewBox: `0 0 ${size} ${size}`, role: 'img', 'aria-label': label },
      ...ticks,
      s('line', { class: 'best', x1: x.at(low), y1: bottom, x2: x.at(high), y2: top }),
      ...dots,
      s('text', { class: 'tick', x: (size + margin) / 2, y: size - 6, 'text-anchor': 'middle' }, `true ${target}`),
      s('text', { class: 'tick', transform: `translate(12 ${size / 2}) rotate(-90)`, 'text-anchor': 'middle' }, 'predicted'),
    ),
    h('figcaption', { class: 'note' }, label),
  );
}
