import type { TabularReport } from '../../tabular/index';
import { inFlags } from '../failure';
import { count, counted } from '../lines';
import { factsOfReport } from '../page/from-report';
import { dropText, figureRows, spreadNote } from './figures';

/** The report as Markdown: for pull requests, wikis and version control. */
export function reportMarkdown(report: TabularReport, title: string): string {
  const { metrics, baselines, rowsOfMetrics, importance, warnings, dropped, confusion, task, target, taskWhy } = report;
  const [why = ''] = taskWhy.split('; ');
  const parts = [
    `# ${escaped(title)}`,
    `Predicts ${task === 'classes' ? 'the class' : 'the number'} ${code(target)} (${inFlags(why)}).`,
    ...(rowsOfMetrics === 0
      ? []
      : [
          '## Figures',
          table(figureRows(metrics, baselines)),
          `Of ${counted(rowsOfMetrics, 'row')} that the model had not seen; ${spreadNote(metrics, ...Object.values(baselines))}.`,
        ]),
    ...(confusion === undefined || rowsOfMetrics === 0 ? [] : ['## Confusion', confusionTable(confusion)]),
    ...(importance.length === 0 ? [] : ['## Importance of columns', importanceTable(report)]),
    ...(warnings.length === 0 ? [] : ['## Warnings', warnings.map(({ message }) => `- ${escaped(inFlags(message))}`).join('\n')]),
    ...(dropped.length === 0
      ? []
      : ['## Columns that are not used', table([['column', 'reason'], ...dropped.map(({ column, why: reason }) => [column, reason])])]),
    '## How it was made',
    table([['', ''], ...factsOfReport(report).map(({ name, value }) => [name, value])]),
  ];
  return `${parts.join('\n\n')}\n`;
}

const mostColumns = 20;

function confusionTable({ labels, counts }: NonNullable<TabularReport['confusion']>): string {
  if (labels.length > mostColumns) return `${count(labels.length)} classes: see metrics.json.`;
  return table([['true \\ predicted', ...labels], ...counts.map((row, index) => [labels[index] as string, ...row.map(count)])]);
}

function importanceTable({ importance, task }: TabularReport): string {
  const heading = task === 'classes' ? 'accuracy that is lost without it' : 'rmse that is gained without it';
  const rows = importance.map(({ column, drop, spread }) => [column, dropText(drop, spread)]);
  return table([['column', heading], ...rows]);
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  return [line(head), `|${head.map(() => ' --- |').join('')}`, ...rows.map(line)].join('\n');
}

const code = (text: string): string => `\`${text.replaceAll('`', "'")}\``;

/** A text of the data must not become markup, or end a cell. */
const escaped = (text: string): string => text.replace(/[\\`*_[\]<>|#]/g, '\\$&').replace(/\s+/g, ' ');
