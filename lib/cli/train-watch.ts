import { once } from 'node:events';
import type { Table, TabularProgress, TabularReport } from '../tabular/index';
import { factsOfReport, resultOfReport } from './page/from-report';
import { openInBrowser } from './page/open';
import { followTabular, twoColumns } from './watch/tabular';
import { Watch } from './watch/watch';

interface WatchSettings {
  title: string;
  target: string;
  port: number | undefined;
  open: boolean | undefined;
  say: (lines: readonly string[]) => void;
}

/** The page of `chainrule train --watch`. */
export class TrainWatch {
  readonly #watch: Watch;
  readonly #follow: (progress: TabularProgress) => boolean | Promise<boolean>;
  readonly #say: WatchSettings['say'];

  constructor(watch: Watch, table: Table, { target, say }: WatchSettings) {
    this.#watch = watch;
    this.#follow = followTabular(watch, twoColumns(table, target));
    this.#say = say;
  }

  /** Aborted by the page: nothing is kept. */
  get signal(): AbortSignal {
    return this.#watch.signal;
  }

  phase(text: string): void {
    this.#watch.setPhase(text);
  }

  async onEpoch(progress: TabularProgress): Promise<boolean> {
    return this.#follow(progress);
  }

  /** Shows what has come out, and keeps the page until Ctrl-C. */
  async finish(report: TabularReport, folder: string): Promise<void> {
    this.#watch.addFacts(factsOfReport(report));
    const result = { ...resultOfReport(report), summary: `Written to ${folder}.` };
    this.#watch.finish(this.#watch.stopped ? 'stopped' : 'done', { result, bestEpoch: report.bestEpoch });
    this.#say(['', `The page stays until Ctrl-C: ${this.#watch.url}`]);
    await once(process, 'SIGINT');
  }

  async close(): Promise<void> {
    if (this.#watch.signal.aborted) this.#watch.finish('aborted', { message: 'Aborted from the page: nothing is kept.' });
    await this.#watch.close();
  }
}

export async function startWatch(table: Table, settings: WatchSettings): Promise<TrainWatch> {
  const { title, target, port = 0, open = false, say } = settings;
  const watch = await Watch.start({ title, subtitle: `predicts ${target}`, port });
  say([`Watch it: ${watch.url}`]);
  if (open) openInBrowser(watch.url);
  return new TrainWatch(watch, table, settings);
}
