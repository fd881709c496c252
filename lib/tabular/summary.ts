import type { NeuralNetwork } from '../index';
import type { Encoder } from './encoder';
import type { Figure, Figures } from './figures';
import type { TabularReport } from './report';

/*
 * A report in a few lines of text.
 */

/** Figures have this many digits. */
const digits = 4;

/** A figure with its spread, or its bound. */
export function figureText({ value, spread, bound }: Figure): string {
  if (value === null) return 'not defined';
  if (bound !== undefined) return `${short(value)} (${bound < value ? '≥' : '≤'} ${short(bound)})`;
  return spread === null ? short(value) : `${short(value)} ± ${short(spread, 2)}`;
}

const short = (value: number, precision: number = digits): string => String(Number(value.toPrecision(precision)));

/** The lines of `summary()`. */
export function summarize(report: TabularReport, encoder: Encoder, network: NeuralNetwork): string {
  const { task, target, split, recipe, seed, epochs, bestEpoch, refit, seconds, rowsOfMetrics, metrics, baselines } = report;
  const what = task === 'regression' ? 'a number' : 'a class';
  const lines = [
    `${target}: ${what} (${report.taskWhy})`,
    `columns: ${encoder.features.length} of ${report.data.columns - 1}, as ${encoder.width} inputs`,
    `rows: ${split.train} to train on, ${split.validation} for validation, ${split.test} to test with (${split.how})`,
    `network: recipe ${recipe}, ${network.parameterCount} parameters, seed ${seed}, the best of ${epochs} epochs is ${bestEpoch}, ${seconds.toFixed(1)} s`,
    refit === null ? 'the model is the one that the figures are of' : `the model was trained again on all ${refit.rows} rows`,
  ];
  if (rowsOfMetrics > 0) {
    lines.push(`figures of ${rowsOfMetrics} rows that the model had not seen:`, `  model: ${figuresText(metrics)}`);
    for (const [name, figures] of Object.entries(baselines)) lines.push(`  ${name}: ${figuresText(figures)}`);
  }
  for (const { message } of report.warnings) lines.push(`warning: ${message}`);
  return lines.join('\n');
}

const figuresText = (figures: Figures): string =>
  Object.entries(figures)
    .map(([name, figure]) => `${name} ${figureText(figure)}`)
    .join(', ');
