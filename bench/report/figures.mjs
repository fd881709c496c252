// Figures as text, and tables of Markdown.

const scaled = (value, unit, steps) => {
  const [factor, name] = steps.find(([size]) => value >= size) ?? steps.at(-1);
  const number = value / factor;
  return `${number >= 99.95 ? number.toFixed(0) : number.toPrecision(3)} ${name}${unit}`;
};
const time = (seconds) =>
  scaled(seconds, 's', [
    [1, ''],
    [1e-3, 'm'],
    [1e-6, 'u'],
    [1e-9, 'n'],
  ]);
export const giga = (perSecond, unit) => `${(perSecond / 1e9).toFixed(perSecond < 1e10 ? 1 : 0)} ${unit}`;
export const percent = (share) => (share === undefined ? '' : `${(100 * share).toFixed(0)} %`);
export const times = (ratio) => `${ratio.toFixed(ratio < 10 ? 2 : 0)}x`;

/** A measured time in the unit that the case is told in. */
export function figure({ best, error, missing } = {}, { unit, flops }) {
  if (missing) return `missing (${missing})`;
  if (error) return `failed: ${error}`;
  if (best === undefined) return '';
  if (unit === 'bytes') return `${(best / 1e6).toFixed(0)} MB`;
  return unit === 's' ? time(best) : giga(flops / best, unit);
}

/** In brackets: how much more the worst round took, and which way to run it was the best. */
export function details(result) {
  const spread = result?.rounds?.length > 1 ? [`+${percent(result.spread)}`] : [];
  const way = result?.way ? [result.way] : [];
  return spread.length + way.length > 0 ? ` (${[...spread, ...way].join('; ')})` : '';
}

const goalTexts = {
  share: ({ share }) => `>= ${percent(share)}`,
  seconds: ({ seconds }) => `<= ${time(seconds)}`,
  gap: ({ gap }, { ours }) => `gap ${ours?.gap === undefined ? '' : `${time(ours.gap)} `}<= ${time(gap)}`,
  bytes: ({ bytes }) => `<= ${(bytes / 1e6).toFixed(0)} MB`,
  ratio: ({ ratio, over }) => `${Number(ratio.toFixed(2))}x ${over}`,
};

/** The goals of a case, each with whether it was reached. */
export const goalText = (result) =>
  (result.goals ?? [])
    .map((goal) => {
      const text = goalTexts[Object.keys(goal)[0]](goal, result);
      return goal.reached === undefined ? text : `${text} ${goal.reached ? 'yes' : '**no**'}`;
    })
    .join('; ');

/** A table of Markdown, its columns aligned. */
export function tableText(head, rows) {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
