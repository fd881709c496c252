import type { Histogram, LayerFigures } from '../data';
import { card, h, s, setAttributes, setText } from './dom';
import { count, percent, short } from './format';
import type { Section } from './section';

const width = 160;
const height = 44;

const liveNote =
  'Gradients and dead units are those of some training rows. How far an epoch moves the weights is relative to their size: above 100 % ' +
  'training forgets what it has learnt, far below 0.01 % it stands still. A dead unit is 0 for all rows, and learns nothing.';

/** Of each layer a picture of its weights and gradients, how far an epoch moves it, and its dead units. */
export function layersSection(): Section {
  const host = h('div', { class: 'layers' });
  const note = h('p', { class: 'note' });
  const element = card('Layers', host, note);
  return {
    element,
    isShown: ({ layers }) => layers !== undefined && layers.length > 0,
    update: ({ layers = [] }) => {
      host.replaceChildren(...layers.map(rowOf));
      setText(note, layers.some(({ gradients }) => gradients !== undefined) ? liveNote : 'The weights of the trained network.');
    },
  };
}

function rowOf(layer: LayerFigures, index: number): HTMLElement {
  const { name, parameters, weights, gradients, update, dead } = layer;
  const figures = h('dl', { class: 'figures' });
  const figure = (term: string, text: string, isBad = false): void => {
    figures.append(h('div', { class: isBad ? 'bad' : '' }, h('dt', {}, term), h('dd', {}, text)));
  };
  if (update !== undefined) figure('an epoch moves it by', percent(update), update > 1);
  if (dead !== undefined) figure('dead units', `${count(dead.count)} of ${count(dead.units)}`, dead.count > dead.units / 2);
  const broken = weights.notFinite + (gradients?.notFinite ?? 0);
  if (broken > 0) figure('not finite', count(broken), true);
  return h(
    'article',
    { class: 'layer', 'aria-label': `Layer ${index + 1}, ${name}` },
    h('div', {}, h('h3', {}, `${index + 1} · ${name}`), h('p', { class: 'note' }, `${count(parameters)} parameters`)),
    histogramOf('weights', weights),
    gradients === undefined ? undefined : histogramOf('gradients', gradients),
    figures,
  );
}

function histogramOf(name: 'weights' | 'gradients', histogram: Histogram): HTMLElement {
  const { low, high, counts, mean, deviation } = histogram;
  const most = Math.max(1, ...counts);
  const step = width / counts.length;
  const bars = counts.map((number, bin) => {
    const size = number === 0 ? 0 : Math.max(1, (number / most) * height);
    return s('rect', {
      x: (bin * step).toFixed(1),
      y: (height - size).toFixed(1),
      width: (step * 0.86).toFixed(1),
      height: size.toFixed(1),
    });
  });
  if (low < 0 && high > 0) {
    const zero = (-low / (high - low)) * width;
    bars.push(s('line', { class: 'zero', x1: zero, x2: zero, y1: 0, y2: height }) as never);
  }
  const svg = s(
    'svg',
    { class: `histogram ${name}`, viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', role: 'img' },
    ...bars,
  );
  const text = `${name}: from ${short(low)} to ${short(high)}, mean ${short(mean)}, standard deviation ${short(deviation)}`;
  setAttributes(svg, { 'aria-label': text });
  return h(
    'figure',
    { class: 'small', title: text },
    h('figcaption', {}, name),
    svg,
    h(
      'div',
      { class: 'ends' },
      h('span', {}, short(low)),
      h('span', { class: 'deviation' }, `σ ${short(deviation)}`),
      h('span', {}, short(high)),
    ),
  );
}
