// Interleaves rounds: the roof, ours, each peer, and again, so that the machine's moods hit all alike.
import { drivers, nativeBench } from './drivers.mjs';
import { sum } from './judge.mjs';
import { isDisturbed, watched } from './machine.mjs';
import { progress, runJson } from './process.mjs';
import { contenders, winner } from './variants.mjs';

/** The peak of arithmetic, or of reading or copying `bytes` bytes, by native_bench. */
const roofCommand = (kind, threads, seconds, bytes) => [nativeBench, seconds, threads, kind, ...(kind === 'fma' ? [] : [bytes])];

/** runJson, and whether others took the cores meanwhile. */
function run(command, settings) {
  const { result, others } = watched(() => runJson(command, settings));
  return { ...result, disturbed: isDisturbed(settings.threads, others) };
}

const theOnlyWay = () => [{}];

/** One driver through all rounds: a function that measures the next round, and what came of it. */
function contest(name, spec, { isas, kernels }) {
  const { command, variants = theOnlyWay } = drivers[name];
  const measurements = new Map();
  const ways = variants(spec, { isas });
  return {
    round() {
      const chosen = measurements.size === 0 ? ways.map((way) => way.name) : contenders(measurements);
      for (const way of ways.filter((candidate) => chosen.includes(candidate.name))) {
        const measured = run(command({ ...spec, ...way.spec }), { threads: spec.threads, kernels, more: way.more });
        measurements.set(way.name, [...(measurements.get(way.name) ?? []), measured]);
      }
    },
    result() {
      const [way, measured] = winner(measurements);
      return { ...sum(measured), ...(ways.length > 1 && { way }) };
    },
  };
}

/** Measures a case by the drivers of these names, ours among them. */
export function measureCase(work, names, { rounds, seconds, isas, kernels, patience }) {
  const spec = { ...work.spec, threads: work.threads, seconds };
  const contests = Object.fromEntries(names.map((name) => [name, contest(name, spec, { isas, kernels })]));
  const roofs = [];
  for (let round = 0; round < rounds; round++) {
    progress(`${work.name}, ${work.threads} thread(s), round ${round + 1} of ${rounds}`);
    if (work.threads > 1) patience.wait(work.threads);
    if (work.roof && isas.length > 0) {
      roofs.push(run(roofCommand(work.roof, work.threads, seconds / 2, work.bytes), { threads: work.threads }));
    }
    for (const name of names) contests[name].round();
  }
  const { ours, ...peers } = Object.fromEntries(names.map((name) => [name, contests[name].result()]));
  return { ours, peers, roof: roofs.length > 0 ? sum(roofs) : undefined };
}

/** Peaks and bandwidths of every instruction set, for each number of threads. */
export function measureRoofs(isas, { rounds, seconds, threads, patience }) {
  return isas.flatMap((isa) =>
    threads.map((count) => {
      progress(`peak of ${isa}, ${count} thread(s)`);
      if (count > 1) patience.wait(count);
      const measured = (kind) => {
        const command = roofCommand(kind, count, seconds / 2, 1 << 28);
        const { best, flops, bytes } = sum(Array.from({ length: rounds }, () => run(command, { isa, threads: count })));
        return (kind === 'fma' ? flops : bytes) / best;
      };
      return { isa, threads: count, flops: measured('fma'), read: measured('read'), copy: measured('copy') };
    }),
  );
}
