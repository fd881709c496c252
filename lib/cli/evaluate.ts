import type { TabularEvaluation, TabularModel } from '../tabular/index';
import type { Arguments } from './flags/flag';
import type { evaluateFlags } from './flags/lists';
import { counted, entry, grid } from './lines';
import { loadTabular } from './model-file';
import { schemaWithTarget } from './model-schema';
import { readTables } from './tables';
import { figureText } from './train/figures';

const mostClasses = 12;
const mostWorst = 3;

/** `chainrule evaluate`: figures of a model for rows that have the target. */
export async function run({ flags, words: [file = '', ...files] }: Arguments<typeof evaluateFlags>): Promise<void> {
  const model = await loadTabular(file);
  const evaluation = await model.evaluate(await readTables(files, flags, schemaWithTarget(model.schema)));
  if (flags.json) return console.log(JSON.stringify(evaluation, null, 2));
  console.log(lines(model, evaluation).join('\n'));
}

function lines({ report, schema }: TabularModel, { rows, metrics, confusion, worst }: TabularEvaluation): string[] {
  const { rowsOfMetrics } = report;
  const wrong = worst.filter(({ truth, predicted }) => truth !== predicted);
  const heading = ['', 'these rows', ...(rowsOfMetrics > 0 ? ['at training'] : [])];
  const figures = Object.entries(metrics).map(([name, figure]) => [
    name,
    figureText(figure),
    ...(rowsOfMetrics > 0 ? [figureText(report.metrics[name])] : []),
  ]);
  const [what, rest] = [
    `of ${counted(rows, 'row')}`,
    rowsOfMetrics > 0 ? `; at training ${counted(rowsOfMetrics, 'row')} that it had not seen` : '',
  ];
  return [
    entry('target', schema.target.name),
    entry('figures', ...grid([heading, ...figures]), `${what}${rest}; ± is a standard error`),
    ...(confusion === undefined || confusion.labels.length > mostClasses ? [] : [entry('confusion', ...confusionGrid(confusion))]),
    ...(wrong.length === 0 ? [] : [entry('most wrong', ...wrong.slice(0, mostWorst).map(worstLine))]),
  ];
}

function confusionGrid({ labels, counts }: NonNullable<TabularEvaluation['confusion']>): string[] {
  return grid([
    ['is, predicted:', ...labels],
    ...counts.map((row, index) => [labels[index] as string, ...row.map((value) => String(value || '·'))]),
  ]);
}

const worstLine = ({ row, truth, predicted }: TabularEvaluation['worst'][number]): string =>
  `row ${row + 1} of the data: is ${truth}, predicted ${predicted}`;
