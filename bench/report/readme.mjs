// Puts what was measured into bench/README.md and, where that shows the same case, into README.md.
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { selectCases } from '../cases.mjs';
import { figure, giga, times } from './figures.mjs';
import { reportText } from './report.mjs';

const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

/** The text with `body` between two comments that name a part of it. */
export function replaceBetween(text, part, body) {
  const [begin, end] = [`<!-- ${part}: begin -->`, `<!-- ${part}: end -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`there is no ${begin} … ${end} to replace`);
  return `${text.slice(0, from + begin.length)}\n\n${body}\n\n${text.slice(to)}`;
}

/** Peers as README.md calls them. */
const driversOf = { 'TensorFlow.js': 'tfjs-wasm', PyTorch: 'pytorch', FANN: 'fann' };

/** A row of README.md: the case, its number of threads, ours, and others as `PyTorch 321 us (2.32x), …`. */
const excerpt = /^(\| `([^`|]*)`[^|]*?(?:(\d+) threads)? *\| )[^|]* \| ([^|]*) \|$/gm;
const other = /([\w.]+) [\d.]+ [\w/]+ \([\d.]+x\)/g;

/** README.md with the figures of the results in its table, and where they are from. */
export function updateExcerpt(text, { date, machine, isa, roofs, results }) {
  const updated = text.replace(excerpt, (row, head, name, threads = '1', others) => {
    const result = results.find((it) => it.name === name && `${it.threads}` === threads);
    if (!result?.ours.best) return row;
    const compared = others.replaceAll(other, (old, peer) => {
      const it = result.peers[driversOf[peer] ?? peer];
      return it?.ratio ? `${peer} ${figure(it, result)} (${times(it.ratio)})` : old;
    });
    return `${head}${figure(result.ours, result)} | ${compared} |`;
  });
  const peak = roofs.find((row) => row.isa === isa && row.threads === 1)?.flops;
  const where = `${date}, ${machine.cores} core(s) of ${machine.cpu}${peak ? ` at ${giga(peak, 'GFLOP/s')} each` : ''}`;
  return updated.replace(/^Measured on .*?, with the peers/m, `Measured on ${where}, with the peers`);
}

function edit(name, change) {
  const file = path(name);
  fs.writeFileSync(file, change(fs.readFileSync(file, 'utf8')));
}

/** Updates both documents. A table that lacks a case of the benchmark is refused: it would hide that. */
export function updateReadmes(report) {
  const plain = report.results.filter(({ curve }) => !curve);
  if (plain.length === 0) return;
  const measured = new Set(plain.map(({ name }) => name));
  const lacking = selectCases({ only: /./, withCurves: false, threads: [1] }).find(({ name }) => !measured.has(name));
  if (lacking) throw new Error(`--readme needs all cases, of this run or of --from: "${lacking.name}" is not among them`);
  edit('bench/README.md', (text) => replaceBetween(text, 'table', reportText({ ...report, results: plain })));
  edit('README.md', (text) => updateExcerpt(text, report));
}
