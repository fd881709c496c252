// Measures training over MPI on this machine: ranks against threads, in turns, and the cost of a step by bytes and ranks; fits a model to it,
// and says how far it would go on a cluster. Last, ranks behind links of limited speed, beside what the model says of them.
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { environment, launch } from './mpi/launcher.mjs';
import { missing, Network } from './mpi/network.mjs';

const usage = `Usage: npm run bench:mpi -- [--rounds 3] [--epochs 5] [--steps 8] [--mpirun mpirun] [--ranks 2,4] [--gigabits 1,10]
                            [--only ranks,bytes,network]`;
const cores = os.availableParallelism();

function readFlags() {
  try {
    const option = (value) => ({ type: 'string', default: value });
    const { values } = parseArgs({
      options: {
        ...{ rounds: option('3'), epochs: option('5'), steps: option('8') },
        ...{ mpirun: option('mpirun'), ranks: option('2'), gigabits: option('1,10') },
        only: option('ranks,bytes,network'),
      },
    });
    return { ...values, rounds: Number(values.rounds), epochs: Number(values.epochs), steps: Number(values.steps) };
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    return process.exit(1);
  }
}

const flags = readFlags();
const program = fileURLToPath(new URL('mpi/steps.mjs', import.meta.url));
const least = (numbers) => Math.min(...numbers);

/** The least milliseconds of a step, of a process by itself or of the ranks that a command starts. */
function measure(launcher, spec) {
  const argument = JSON.stringify({ ...{ steps: flags.steps, epochs: flags.epochs, shards: 16 }, ...spec, isRank: launcher !== undefined });
  const command = [...(launcher ?? []), process.execPath];
  const [file, ...before] = command;
  const { status, stdout, stderr } = spawnSync(file, [...before, program, argument], { encoding: 'utf8', env: environment });
  if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}:\n${stderr}`);
  const { times, parameters } = JSON.parse(stdout.slice(stdout.indexOf('{')));
  return { step: least(times), bytes: 4 * parameters };
}

/** Measures several things in turns, and keeps the least of each. */
function inTurns(things) {
  const found = things.map(() => ({ step: Infinity }));
  for (let round = 0; round < flags.rounds; round++) {
    for (const [i, [launcher, spec]] of things.entries()) {
      const measured = measure(launcher, spec);
      if (measured.step < found[i].step) found[i] = measured;
    }
  }
  return found;
}

const ms = (value) => `${value.toFixed(2)} ms`;

function ranksAgainstThreads() {
  console.log(
    `\n784-2048-2048-10, Adam: ${cores} ranks of one thread against one process of ${cores} threads, least of ${flags.rounds} rounds in turns`,
  );
  for (const batchSize of [256, 1024]) {
    const spec = { batchSize, units: [2048, 2048] };
    const [plain, sharded, ranks] = inTurns([
      [undefined, { ...spec, threads: cores, shards: 1 }],
      [undefined, { ...spec, threads: cores }],
      [launch(flags.mpirun, cores), { ...spec, threads: 1 }],
    ]);
    const share = (100 * plain.step) / ranks.step;
    console.log(
      `batch ${batchSize}: one process ${ms(plain.step)}, with 16 shards ${ms(sharded.step)}, ${cores} ranks ${ms(ranks.step)}: ${share.toFixed(0)} % of one process`,
    );
  }
}

/** Least squares of y = a + b x. */
function line(points) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(([at]) => at)), mean(points.map(([, value]) => value))];
  const slope = points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0) / points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
  return { a: y - slope * x, b: slope };
}

const pieceBytes = 4 * 2 ** 18; // native/nn/group.cpp: kPiece
const nanosecondsPerByte = (perByte) => perByte * 1e6;

function costOfBytes() {
  const ranks = flags.ranks.split(',').map(Number);
  console.log(`\nThe cost of a step by bytes of parameters and ranks: one row for each shard, one thread for each rank`);
  const widths = [64, 256, 1024, 2048, 4096];
  for (const count of ranks) {
    const points = widths.map((width) => {
      const spec = { batchSize: 16, threads: 1, units: [width, Math.min(width, 2048)] };
      const [alone, together] = inTurns([
        [undefined, spec],
        [launch(flags.mpirun, count), spec],
      ]);
      console.log(`${count} ranks, ${(alone.bytes / 1e6).toFixed(2)} MB: one process ${ms(alone.step)}, together ${ms(together.step)}`);
      return [alone.bytes, together.step - alone.step / count];
    });
    const { a, b } = line(points);
    console.log(
      `${count} ranks: a step's sums cost ${(1000 * a).toFixed(0)} us and ${nanosecondsPerByte(b).toFixed(3)} ns for each byte of parameters`,
    );
  }
}

/** Bytes that each of several ranks sends in a step, as many as it receives. */
const crossing = (ranks, bytes) => (2 * (ranks - 1) * bytes) / ranks;
/** Of a step's arithmetic, what is left when messages begin: the weight gradients, which come last in each layer. */
const hidden = 1 / 3;

/** A cluster on paper: 1,024 nodes with this machine's speed of arithmetic per core, 100 Gbit/s, and latencies of 5 us. */
function onPaper() {
  const [rows, cheap] = [4096, 1024].map((batchSize) =>
    measure(undefined, { batchSize, threads: 1, units: [2048, 2048], steps: 2, epochs: 3 }),
  );
  const perRow = (rows.step - cheap.step) / (4096 - 1024);
  const nodes = 1024;
  const [coresPerNode, latency, bytesPerMillisecond] = [32, 5e-3, 12.5e6];
  const wire = crossing(nodes, rows.bytes) / bytesPerMillisecond;
  const messages = Math.ceil(rows.bytes / pieceBytes) * 2 * Math.ceil(Math.log2(nodes)) * latency;
  const row = perRow / coresPerNode;
  console.log(
    `\nOn paper: ${nodes} nodes of ${coresPerNode} such cores, 100 Gbit/s, ${1000 * latency} us for each message, 784-2048-2048-10`,
  );
  console.log(`sums of a step: ${ms(wire)} of wire and ${ms(messages)} of latency; a row takes a node ${(1000 * row).toFixed(1)} us`);
  for (const share of [0.5, 0.9]) {
    // share = compute / (compute + what messages take beyond what they hide behind)
    const compute = (share * (wire + messages)) / (1 - share + share * hidden);
    const batch = nodes * (compute / row);
    console.log(
      `${100 * share} % of the speed from a batch of ${Math.ceil(batch / 1000)} thousand rows (${Math.ceil(compute / row)} for each node)`,
    );
  }
}

/** One rank of one thread for each core, as if each were a machine: more rows for more ranks, and the same rows shared out. */
function behindLinks() {
  const reason = missing(flags.mpirun);
  if (reason !== undefined) return console.log(`\nRanks behind links: left out, since it needs ${reason}`);
  const units = [2048, 2048];
  const rows = [256, 1024, 4096];
  const specOf = (batchSize) => ({ batchSize, threads: 1, units });
  const alone = inTurns(rows.map((batchSize) => [undefined, specOf(batchSize)]));
  console.log('\nRanks of one thread behind links, 784-2048-2048-10, Adam; the model is arithmetic, and the wire beyond what hides it');
  for (let ranks = 2; ranks <= cores; ranks *= 2) {
    for (const gigabits of flags.gigabits.split(',').map(Number)) {
      const network = new Network(ranks, `${gigabits}gbit`);
      try {
        const launcher = network.launch(flags.mpirun);
        for (const [i, { step: compute, bytes }] of alone.entries()) {
          const batchSize = rows[i];
          const wire = crossing(ranks, bytes) / (gigabits * 125_000);
          const share = (own, measured) =>
            `${((100 * own) / measured).toFixed(0)} % (model ${((100 * own) / Math.max(own, own * (1 - hidden) + wire)).toFixed(0)} %)`;
          const [{ step: weak }, { step: strong }] = inTurns([
            [launcher, specOf(batchSize * ranks)],
            [launcher, specOf(batchSize)],
          ]);
          console.log(
            `${ranks} ranks, ${gigabits} Gbit/s, wire ${ms(wire)}: ${batchSize} rows for each rank ${ms(weak)} for ${ms(compute)}, ${share(compute, weak)}; ` +
              `${batchSize} rows for all ${ms(strong)} for ${ms(compute / ranks)}, ${share(compute / ranks, strong)}`,
          );
        }
      } finally {
        network.close();
      }
    }
  }
}

const wanted = flags.only.split(',');
if (wanted.includes('ranks')) ranksAgainstThreads();
if (wanted.includes('bytes')) {
  costOfBytes();
  onPaper();
}
if (wanted.includes('network')) behindLinks();
