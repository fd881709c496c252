// The benchmark: case x driver, every measurement in a process of its own.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { goalCore, selectCases } from './cases.mjs';
import { drivers, nativeBench } from './drivers.mjs';
import { judge, withCommonRoofs } from './judge.mjs';
import { Patience } from './machine.mjs';
import { measureCase, measureRoofs } from './measure.mjs';
import { chooseKernels } from './openblas.mjs';
import { readOptions, usage } from './options.mjs';
import { progress, runJson } from './process.mjs';
import { updateReadmes } from './report/readme.mjs';
import { reportText } from './report/report.mjs';
import { drawCurves } from './report/svg.mjs';

const nativeMissing = { name: 'native_bench, so no peak', install: 'npm run prebench' };
const patienceSeconds = 60;

/** Measures the cases, and names what is missing for them. */
function measureAll(cases, options, settings) {
  const missing = new Map();
  const results = cases.map((work) => {
    const asked = ['ours', ...work.peers].filter((name) => options.chosen.includes(name));
    const lacks = asked.flatMap((name) => {
      const install = drivers[name].install(work.spec);
      return install ? [[name, install]] : [];
    });
    for (const [name, install] of lacks) missing.set(`${name}${work.spec.wasm && name === 'ours' ? ' in WebAssembly' : ''}`, install);
    const absent = Object.fromEntries(lacks.map(([name, install]) => [name, { missing: install }]));
    const { ours, peers, roof } = measureCase(
      work,
      asked.filter((name) => !absent[name]),
      settings,
    );
    const { ours: oursAbsent, ...peersAbsent } = absent;
    return { ...work, ours: ours ?? oursAbsent, peers: { ...peers, ...peersAbsent }, roof };
  });
  return { results: withCommonRoofs(results).map(judge), missing: [...missing].map(([name, install]) => ({ name, install })) };
}

function measure(options) {
  const started = performance.now();
  const cases = selectCases({ only: options.only, withCurves: options.curves, threads: options.threads });
  if (cases.length === 0) throw new Error('no case has such a name; --list shows them');
  const machine = runJson([nativeBench, 'isas']);
  const isas = machine.isas ?? [];
  const usesOpenblas = cases.some(({ peers }) =>
    peers.some((name) => ['openblas', 'pytorch'].includes(name) && options.chosen.includes(name)),
  );
  const kernels = usesOpenblas ? chooseKernels(isas) : undefined;
  const patience = new Patience(patienceSeconds);
  const settings = { ...options, isas, kernels, patience };
  const counts = [...new Set([1, ...options.threads])];
  const roofs = cases.some(({ roof }) => roof) ? measureRoofs(isas, { ...settings, threads: counts }) : [];
  const { results, missing } = measureAll(cases, options, settings);
  progress('');
  const { version } = JSON.parse(fs.readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return {
    date: new Date().toISOString().slice(0, 10),
    version,
    machine: {
      cpu: os.cpus()[0]?.model,
      cores: options.all,
      memory: os.totalmem(),
      system: `${os.type()} ${os.arch()}`,
      node: process.version,
    },
    isa: machine.isa,
    openblas: kernels ?? 'its own choice',
    options: { rounds: options.rounds, seconds: options.seconds, threads: options.threads },
    goalCore,
    minutes: (performance.now() - started) / 60e3,
    waiting: { waited: patience.waited, isExhausted: patience.isExhausted },
    roofs,
    results,
    missing: [...missing, ...(isas.length > 0 ? [] : [nativeMissing])],
  };
}

/** The report of the file with most of the table's cases, with the results of all of them; a later file has precedence. */
function readReports(files) {
  const reports = files.map((file) => JSON.parse(fs.readFileSync(file, 'utf8')));
  const key = ({ name, threads }) => `${name}, ${threads} threads`;
  const results = new Map(reports.flatMap((report) => report.results.map((result) => [key(result), result])));
  const plain = ({ results: all }) => all.filter(({ curve }) => !curve).length;
  const [largest] = reports.toSorted((a, b) => plain(b) - plain(a));
  return { ...largest, results: [...results.values()] };
}

function draw(report, file) {
  const { date, machine, isa } = report;
  const points = report.results.filter(({ curve }) => curve);
  const busy = points.filter((point) => point.busy).length > points.length / 10 ? '; the machine was busy' : '';
  const picture = drawCurves(points, `Share of the multiply-add peak of one thread; ${machine.cpu}, ${isa}, ${date}${busy}`);
  if (!picture) return;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, picture);
  console.error(`The curves are drawn in ${file}.`);
}

function main() {
  const options = readOptions();
  if (options.help) return console.log(usage);
  if (options.list) {
    const cases = selectCases({ only: options.only, withCurves: options.curves, threads: options.threads });
    return console.log(cases.map(({ name, threads }) => `${name}, ${threads} thread(s)`).join('\n'));
  }
  const report = options.from.length > 0 ? readReports(options.from) : measure(options);
  if (options.json) fs.writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  console.log(reportText(report));
  const root = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
  draw(report, options.svg ?? root(options.readme ? 'bench/curves.svg' : 'build/bench/curves.svg'));
  if (options.readme) updateReadmes(report);
}

try {
  main();
} catch (error) {
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
