// How every JavaScript driver takes its time; ../native/measure.h and pytorch.py do the same.

/** A sample takes at least so long, so that the clock costs nothing; no longer, so that some samples escape the machine's other work. */
const sampleSeconds = 0.005;

const now = () => performance.now() / 1e3;

function summarize(samples) {
  samples.sort((a, b) => a - b);
  return { best: samples[0], median: samples[samples.length >> 1], samples: samples.length };
}

/** Best and median seconds of a call of `f`, which may return a promise, after a fifth of `seconds` to warm up. */
export async function measure(f, seconds) {
  const isAsync = f() instanceof Promise;
  // a sync function is not awaited: that would cost more than some of them take
  const repeat = isAsync
    ? async (count) => {
        for (let i = 0; i < count; i++) await f();
      }
    : (count) => {
        for (let i = 0; i < count; i++) f();
      };
  const start = now();
  let calls = 0;
  let elapsed = 0;
  for (let count = 1; elapsed < seconds / 5; count = Math.min(2 * count, 1000)) {
    await repeat(count);
    calls += count;
    elapsed = now() - start;
  }
  const count = Math.ceil(sampleSeconds / (elapsed / calls));
  const samples = [];
  const end = now() + seconds;
  for (let begin = now(); samples.length < 3 || begin < end; begin = now()) {
    await repeat(count);
    samples.push((now() - begin) / count);
  }
  return summarize(samples);
}

/** Takes the time of a loop that is not ours: it calls `tick` with its count of steps so far, until that says true. */
export class Ticks {
  #start = now();
  #seconds;
  #last;
  #samples = [];

  constructor(seconds) {
    this.#seconds = seconds;
  }

  tick(count) {
    const time = now();
    const elapsed = time - this.#start;
    if (this.#last === undefined) {
      if (elapsed > this.#seconds / 5) this.#last = { time, count };
    } else if (time - this.#last.time > sampleSeconds) {
      this.#samples.push((time - this.#last.time) / (count - this.#last.count));
      this.#last = { time, count };
    }
    return this.#samples.length >= 3 && elapsed > this.#seconds * 1.2;
  }

  result() {
    return summarize(this.#samples);
  }
}

/** Runs a driver: its argument is the specification as JSON, its last line of output the result as JSON. */
export async function main(kinds) {
  const spec = JSON.parse(process.argv[2]);
  const kind = kinds[spec.kind];
  if (!kind) throw new Error(`this driver does not know how to ${spec.kind}`);
  console.log(JSON.stringify(await kind(spec)));
  process.exit(0); // some peers keep threads or timers alive
}
