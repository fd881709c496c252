// A report as Markdown, ready for a README.
import { details, figure, giga, goalText, percent, tableText, times } from './figures.mjs';

/** A line for each peer of a case; the case itself is told on the first. */
function lines(result) {
  const { name, threads, ours, share, peers, busy } = result;
  const own = [`${name}${busy ? ' (busy)' : ''}`, `${threads}`, figure(ours, result) + details(ours), percent(share), goalText(result)];
  const others = Object.entries(peers).map(([peer, it]) => [peer, figure(it, result) + details(it), it.ratio ? times(it.ratio) : '']);
  if (others.length === 0) others.push(['', '', '']);
  return others.map((other, index) => [...(index === 0 ? own : own.map(() => '')), ...other]);
}

/** A table for each curve: what the axis runs over downwards, series and their peers to the right. */
function curveTables(results) {
  return [...new Set(results.map(({ curve }) => curve.group))].map((group) => {
    const members = results.filter(({ curve }) => curve.group === group);
    const series = [...new Set(members.map(({ curve }) => curve.series))];
    const cell = (at, name) => {
      const found = members.find(({ curve }) => curve.at === at && curve.series === name);
      if (!found) return '';
      const ratios = Object.values(found.peers).flatMap(({ ratio }) => (ratio ? [`, ${times(ratio)}`] : []));
      return `${figure(found.ours, found)} ${found.share === undefined ? '' : `(${percent(found.share)}${ratios.join('')})`}`;
    };
    const points = [...new Set(members.map(({ curve }) => curve.at))];
    const titles = series.map((name) => [name, ...Object.keys(members.find(({ curve }) => curve.series === name).peers)].join(' / '));
    const rows = points.map((at) => [`${at}`, ...series.map((name) => cell(at, name))]);
    return `${group}, one thread: ours (share of peak, ratio to the peer)\n\n${tableText([members[0].curve.axis, ...titles], rows)}`;
  });
}

/** Share of the peak, or else ours in its unit, of each case that ran on more than two numbers of threads. */
function threadsTable(results) {
  const counts = [...new Set(results.map(({ threads }) => threads))];
  const names = [...new Set(results.filter(({ threads }) => threads > 1).map(({ name }) => name))];
  if (counts.length < 3) return [];
  const cell = (result) =>
    result ? `${figure(result.ours, result)}${result.share === undefined ? '' : ` (${percent(result.share)})`}` : '';
  const rows = names.map((name) => [name, ...counts.map((count) => cell(results.find((it) => it.name === name && it.threads === count)))]);
  return [`Ours by the number of threads (share of the peak of as many):\n\n${tableText(['case', ...counts.map(String)], rows)}`];
}

function roofsTable(roofs) {
  const head = ['instruction set', 'threads', 'multiply-add peak', 'reading 256 MB', 'copying 256 MB into fresh memory'];
  const rows = roofs.map((row) => [row.isa, `${row.threads}`, giga(row.flops, 'GFLOP/s'), giga(row.read, 'GB/s'), giga(row.copy, 'GB/s')]);
  return roofs.length > 0 ? [tableText(head, rows)] : [];
}

/** Facts about the figures above: versions and kernels of peers, a busy machine, goals for another core. */
function remarks({ isa, openblas, roofs, results, missing, goalCore, waiting, minutes }) {
  const versions = new Map(
    results.flatMap(({ peers }) => Object.entries(peers).flatMap(([name, it]) => (it.version ? [[name, it.version]] : []))),
  );
  const usesOpenblas = results.some(({ peers }) => peers.openblas?.best || peers.pytorch?.best);
  const peak = roofs.find((row) => row.isa === isa && row.threads === 1)?.flops;
  const inSeconds = results.some(({ goals = [] }) => goals.some(({ seconds }) => seconds !== undefined));
  const busy = results.filter((result) => result.busy).length;
  return [
    ...(versions.size > 0 ? [`Peers: ${[...versions].map(([name, it]) => `${name} ${it}`).join('; ')}.`] : []),
    ...(usesOpenblas ? [`OpenBLAS's kernels (OPENBLAS_CORETYPE, set by the benchmark): ${openblas}.`] : []),
    ...(inSeconds && peak
      ? [`Goals in seconds are for a core of ${giga(goalCore, 'GFLOP/s')}; this one reaches ${giga(peak, 'GFLOP/s')}.`]
      : []),
    ...(busy > 0 ? [`The machine was busy: ${busy} of ${results.length} cases had to share their cores in every round (busy).`] : []),
    ...(minutes === undefined ? [] : [`All of this took ${minutes.toFixed(0)} minutes.`]),
    ...(waiting?.isExhausted ? [`Waiting for idle cores ended after ${waiting.waited.toFixed(0)} s; later cases did not wait.`] : []),
    ...missing.map(({ name, install }) => `Missing: ${name}. To install it: ${install}`),
  ];
}

/** The text of a report. */
export function reportText(report) {
  const { date, machine, isa, version, options, roofs, results } = report;
  const { cpu, cores, system, node } = machine;
  const plain = results.filter(({ curve }) => !curve);
  const head = ['case', 'threads', 'ours', 'of peak', 'goal', 'peer', "peer's", 'ratio'];
  return [
    `${cpu}, ${cores} core(s), ${system}, Node ${node}; chainrule ${version}${isa ? ` on ${isa}` : ''}; ${date}.\n` +
      `Best of ${options.rounds} interleaved round(s); in brackets how much more the worst one took.`,
    ...roofsTable(roofs),
    ...(plain.length > 0 ? [tableText(head, plain.flatMap(lines))] : []),
    ...threadsTable(plain),
    ...curveTables(results.filter(({ curve }) => curve)),
    ...[remarks(report).join('\n')].filter((text) => text !== ''),
  ].join('\n\n');
}
