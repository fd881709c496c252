// Prints a report as Markdown, ready for a README.

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
const giga = (perSecond, unit) => `${(perSecond / 1e9).toFixed(perSecond < 1e10 ? 1 : 0)} ${unit}`;
const percent = (share) => (share === undefined ? '' : `${(100 * share).toFixed(0)} %`);
const times = (ratio) => `${ratio.toFixed(ratio < 10 ? 2 : 0)}x`;

/** A measured time in the unit that the case is told in. */
function figure({ best, error, missing } = {}, { unit, flops }) {
  if (missing) return `missing (${missing})`;
  if (error) return `failed: ${error}`;
  if (best === undefined) return '';
  if (unit === 'bytes') return `${(best / 1e6).toFixed(0)} MB`;
  return unit === 's' ? time(best) : giga(flops / best, unit);
}

const spread = (result) => (result?.rounds?.length > 1 ? ` (+${percent(result.spread)})` : '');

function goalText({ goal, reached }) {
  if (!goal) return '';
  const text = goal.share
    ? `>= ${percent(goal.share)}`
    : goal.over
      ? `${goal.ratio}x ${goal.over}`
      : `<= ${goal.seconds ? time(goal.seconds) : `${(goal.bytes / 1e6).toFixed(0)} MB`}`;
  return reached === undefined ? text : `${text} ${reached ? 'yes' : '**no**'}`;
}

function printTable(head, rows) {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  console.log([line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line), ''].join('\n'));
}

/** A line for each peer of a case; the case itself is told on the first. */
function lines(result) {
  const { name, threads, ours, share, peers } = result;
  const own = [name, `${threads}`, figure(ours, result) + spread(ours), percent(share), goalText(result)];
  const others = Object.entries(peers).map(([peer, it]) => [peer, figure(it, result) + spread(it), it.ratio ? times(it.ratio) : '']);
  if (others.length === 0) others.push(['', '', '']);
  return others.map((other, index) => [...(index === 0 ? own : own.map(() => '')), ...other]);
}

/** One table for each curve: what the axis runs over downwards, series and their peers to the right. */
function printCurves(results) {
  for (const group of new Set(results.map(({ curve }) => curve.group))) {
    const members = results.filter(({ curve }) => curve.group === group);
    const series = [...new Set(members.map(({ curve }) => curve.series))];
    const cell = (at, name) => {
      const found = members.find(({ curve }) => curve.at === at && curve.series === name);
      if (!found) return '';
      const ratios = Object.values(found.peers).flatMap(({ ratio }) => (ratio ? [`, ${times(ratio)}`] : []));
      return `${figure(found.ours, found)} ${found.share === undefined ? '' : `(${percent(found.share)}${ratios.join('')})`}`;
    };
    console.log(`${group}, one thread: ours (share of peak, ratio to the peer)\n`);
    const points = [...new Set(members.map(({ curve }) => curve.at))];
    const titles = series.map((name) => [name, ...Object.keys(members.find(({ curve }) => curve.series === name).peers)].join(' / '));
    printTable(
      [members[0].curve.axis, ...titles],
      points.map((at) => [`${at}`, ...series.map((name) => cell(at, name))]),
    );
  }
}

export function printReport({ date, machine, isa, openblas, version, options, roofs, results, missing }) {
  const { cpu, cores, system, node } = machine;
  console.log(`${cpu}, ${cores} core(s), ${system}, Node ${node}; chainrule ${version}${isa ? ` on ${isa}` : ''}; ${date}.`);
  console.log(`Best of ${options.rounds} interleaved round(s); in brackets how much more the worst one took.\n`);
  if (roofs.length > 0) {
    const head = ['instruction set', 'threads', 'multiply-add peak', 'reading 256 MB'];
    printTable(
      head,
      roofs.map((row) => [row.isa, `${row.threads}`, giga(row.flops, 'GFLOP/s'), giga(row.bytes, 'GB/s')]),
    );
  }
  const plain = results.filter(({ curve }) => !curve);
  if (plain.length > 0) printTable(['case', 'threads', 'ours', 'of peak', 'goal', 'peer', "peer's", 'ratio'], plain.flatMap(lines));
  printCurves(results.filter(({ curve }) => curve));
  const versions = new Map(
    results.flatMap(({ peers }) => Object.entries(peers).flatMap(([name, it]) => (it.version ? [[name, it.version]] : []))),
  );
  if (versions.size > 0) console.log(`Peers: ${[...versions].map(([name, it]) => `${name} ${it}`).join('; ')}.`);
  const usesOpenblas = ({ peers }) => peers.openblas?.best || peers.pytorch?.best;
  if (results.some(usesOpenblas)) console.log(`OpenBLAS's kernels (OPENBLAS_CORETYPE, set by the benchmark): ${openblas}.`);
  for (const { name, install } of missing) console.log(`Missing: ${name}. To install it: ${install}`);
}
