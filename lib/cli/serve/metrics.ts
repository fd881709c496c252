/*
 * Counters in the text format of Prometheus.
 */

type Labels = Readonly<Record<string, string>>;

class Counter {
  readonly #values = new Map<string, number>();

  add(labels: Labels, count = 1): void {
    const key = labelText(labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + count);
  }

  lines(name: string): string[] {
    return Array.from(this.#values, ([labels, value]) => `${name}${labels} ${value}`);
  }
}

class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    const first = this.#bounds.findIndex((bound) => value <= bound);
    if (first >= 0) this.#counts[first] = (this.#counts[first] as number) + 1;
    this.#sum += value;
    this.#count++;
  }

  lines(name: string): string[] {
    let below = 0;
    const buckets = this.#bounds.map((bound, index) => {
      below += this.#counts[index] as number;
      return `${name}_bucket{le="${bound}"} ${below}`;
    });
    return [...buckets, `${name}_bucket{le="+Inf"} ${this.#count}`, `${name}_sum ${this.#sum}`, `${name}_count ${this.#count}`];
  }
}

const powersOfTwo = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** The counters of a server. */
export class Metrics {
  readonly requests: Counter = new Counter();
  readonly errors: Counter = new Counter();
  readonly rows: Counter = new Counter();
  readonly reloads: Counter = new Counter();
  readonly seconds: Histogram = new Histogram([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]);
  readonly batches: Histogram = new Histogram(powersOfTwo);
  readonly #started = Date.now();

  /** The page for Prometheus. `waiting`: rows that have no answer yet. */
  text(waiting: number): string {
    const part = (name: string, type: string, help: string, lines: (name: string) => string[]): string[] => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${type}`,
      ...lines(name),
    ];
    const one = (value: number) => (name: string) => [`${name} ${value}`];
    const memory = process.memoryUsage().rss;
    return [
      ...part('chainrule_requests_total', 'counter', 'Requests, by path and status.', (name) => this.requests.lines(name)),
      ...part('chainrule_errors_total', 'counter', 'Requests and lines that failed, by code.', (name) => this.errors.lines(name)),
      ...part('chainrule_request_duration_seconds', 'histogram', 'Time to the end of an answer of /predict.', (name) =>
        this.seconds.lines(name),
      ),
      ...part('chainrule_rows_total', 'counter', 'Rows predicted.', (name) => this.rows.lines(name)),
      ...part('chainrule_batch_rows', 'histogram', 'Rows that were answered together.', (name) => this.batches.lines(name)),
      ...part('chainrule_rows_waiting', 'gauge', 'Rows that wait for their prediction.', one(waiting)),
      ...part('chainrule_reloads_total', 'counter', 'Loads of the model after the first, by result.', (name) => this.reloads.lines(name)),
      ...part('process_start_time_seconds', 'gauge', 'Start of the server since 1970.', one(this.#started / 1000)),
      ...part('process_resident_memory_bytes', 'gauge', 'Memory of the process.', one(memory)),
      '',
    ].join('\n');
  }
}

function labelText(labels: Labels): string {
  const escaped = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return parts.length === 0 ? '' : `{${parts.join()}}`;
}
