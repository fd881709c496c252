import type { PageData } from '../data';
import { card, h, toggle } from './dom';
import { titleOf } from './format';
import { LineChart } from './line-chart';
import type { Section } from './section';

/** Loss and metrics of each epoch, of the training and of the validation data. */
export function curvesSection(): Section {
  const charts = new Map<string, LineChart>();
  const host = h('div', { class: 'charts' });
  const choices = { log: false, rate: undefined as boolean | undefined };
  let shown: PageData | undefined;
  const redraw = (): void => {
    if (shown !== undefined) update(shown);
  };
  const rateToggle = toggle('Learning rate', false, (checked) => {
    choices.rate = checked;
    redraw();
  });
  const logToggle = toggle('Log axis', false, (checked) => {
    choices.log = checked;
    redraw();
  });
  const element = card('Learning curves', h('div', { class: 'choices' }, logToggle, rateToggle), host);

  function update(data: PageData): void {
    shown = data;
    const { epoch, learningRate, charts: all, bestEpoch = bestOf(data) } = data.curves;
    const isVaried = learningRate.some((rate) => rate !== learningRate[0]);
    const showRate = choices.rate ?? isVaried;
    (rateToggle.firstChild as HTMLInputElement).checked = showRate;
    for (const { name, training, validation } of all) {
      const title = titleOf(name);
      const chart = charts.get(name) ?? new LineChart(title);
      if (!charts.has(name)) {
        charts.set(name, chart);
        host.append(chart.element);
      }
      chart.update({
        title,
        epoch,
        lines: [
          ...(training === undefined ? [] : [{ name: 'training', kind: 'training' as const, values: training }]),
          ...(validation === undefined ? [] : [{ name: 'validation', kind: 'validation' as const, values: validation }]),
        ],
        ...(showRate && name === 'loss' && { rate: { name: 'learning rate', kind: 'rate', values: learningRate } }),
        log: choices.log,
        ...(bestEpoch !== undefined && { bestEpoch }),
      });
    }
  }

  return { element, isShown: ({ curves }) => curves.epoch.length > 1, update };
}

/** The epoch of the lowest validation loss. */
function bestOf({ curves: { epoch, charts } }: PageData): number | undefined {
  const values = charts.find(({ name }) => name === 'loss')?.validation;
  if (values === undefined) return undefined;
  let best: number | undefined;
  for (const [index, value] of values.entries()) {
    if (value !== null && (best === undefined || value < (values[best] as number))) best = index;
  }
  return best === undefined ? undefined : epoch[best];
}
