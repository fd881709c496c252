import type { EpochInfo, NeuralNetwork } from '../../index';
import type { Command, Message, PageData, Result, Sample, State, Status } from '../page/data';
import { type PageServer, servePage } from '../page/server';
import { TrainingHistory } from './history';
import { layerFigures, type Probe, type WeightsByLayer, weightsOf } from './layer-figures';
import { Pace } from './pace';
import { drawPlane, type PlaneOptions } from './plane';

export interface WatchOptions {
  title: string;
  subtitle?: string;
  facts?: PageData['facts'];
  /** Default: any that is free. */
  port?: number;
  /** Epochs per second, for trainings that are over before one sees anything; gives the page a pause button and a speed. */
  speed?: number;
}

/** A network to be followed, and what pictures of it are made with. */
export interface Followed {
  phase?: string;
  probe?: Probe;
  plane?: PlaneOptions;
  samples?: Sample[];
  /** The same training again, on other rows: it is counted from 0, and adds nothing to the curves. */
  isAgain?: boolean;
}

/** The end of a training. */
export interface Ending {
  result?: Result;
  /** The outcome, in a sentence. */
  message?: string;
  bestEpoch?: number;
}

/** Between two messages: a browser is told of training at most ten times a second. */
const shortestMs = 100;
/** Pictures take at most this share of the time, however large the network is. */
const mostShare = 0.25;

/**
 * Shows a training in a page while it runs.
 *
 * ```ts
 * const watch = await Watch.start({ title: 'XOR' });
 * watch.follow(nn, { probe: { x, y } });
 * await nn.fit({ x, y }, { signal: watch.signal, onEpoch: (info) => watch.onEpoch(info) });
 * watch.finish('done');
 * ```
 *
 * Pictures are made only while a browser has the page open. The curves are kept for one that comes later.
 */
export class Watch {
  readonly #pace: Pace;
  readonly #abort = new AbortController();
  readonly #data: PageData;
  #history = new TrainingHistory();
  #server: PageServer | undefined;
  #network: NeuralNetwork | undefined;
  #followed: Followed = {};
  /** Those after the last epoch that was looked at. */
  #weights: { epoch: number; values: WeightsByLayer } | undefined;
  #due = 0;
  /** Milliseconds of the picture before: one alone may have met a compiler. */
  #cost = 0;
  #stopped = false;
  #epochsBefore = 0;
  #secondsBefore = 0;
  readonly #connected: Promise<void>;
  #onConnect = (): void => {};

  private constructor({ title, subtitle, facts = [], speed }: WatchOptions) {
    this.#pace = new Pace(speed);
    this.#connected = new Promise((resolve) => {
      this.#onConnect = resolve;
    });
    this.#data = {
      version: 1,
      title,
      ...(subtitle !== undefined && { subtitle }),
      status: { state: 'waiting', epoch: 0, epochs: 0, seconds: 0 },
      facts,
      curves: this.#history.curves,
      controls: { pace: speed !== undefined, ...(speed !== undefined && { speed }) },
    };
  }

  static async start(options: WatchOptions): Promise<Watch> {
    const watch = new Watch(options);
    watch.#server = await servePage({
      title: options.title,
      port: options.port ?? 0,
      whole: () => watch.#whole(),
      onCommand: (command) => watch.#obey(command),
      onConnect: watch.#onConnect,
    });
    return watch;
  }

  /** Where the page is; the address holds a secret. */
  get url(): string {
    return (this.#server as PageServer).url;
  }

  /** Aborted by the page's button: for `fit`. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Whether the page's stop button was pressed: training is to end, and the best so far to be kept. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Everything that the page shows, as for `renderReport`. */
  get data(): PageData {
    return this.#data;
  }

  /** Epochs per second from now on; undefined: as fast as possible. */
  set speed(speed: number | undefined) {
    this.#pace.speed = speed;
    this.#data.controls = { pace: this.#data.controls?.pace ?? false, ...(speed !== undefined && { speed }) };
    this.#send({ set: { controls: this.#data.controls } });
  }

  /** Resolves when a browser has the page open for the first time. */
  connected(): Promise<void> {
    return this.#connected;
  }

  /** Adds names and values that were not known at the start; those of the same name are replaced. */
  addFacts(facts: PageData['facts']): void {
    const kept = this.#data.facts.filter(({ name }) => facts.every((fact) => fact.name !== name));
    this.#data.facts = [...kept, ...facts];
    this.#send({ set: { facts: this.#data.facts } });
  }

  /** The part of the work that begins now, in words. */
  setPhase(phase: string): void {
    this.#setStatus({ phase });
  }

  /** A network is about to be trained, or trained on: epochs are counted on from those before. */
  follow(network: NeuralNetwork, followed: Followed = {}): void {
    this.#network = network;
    this.#followed = followed;
    this.#weights = undefined;
    this.#due = 0;
    const { phase, samples, isAgain = false } = followed;
    this.#epochsBefore = isAgain ? 0 : this.#data.status.epoch;
    this.#secondsBefore = this.#data.status.seconds;
    if (samples !== undefined) {
      this.#data.samples = samples;
      this.#send({ set: { samples } });
    }
    this.#setStatus({ state: 'training', ...(phase !== undefined && { phase }) });
    this.#draw();
  }

  /** To be called after each epoch; `fit` waits for what it returns, and ends if that is `false`. */
  onEpoch(info: EpochInfo): boolean | Promise<boolean> {
    const epoch = this.#epochsBefore + info.epoch;
    const seconds = this.#secondsBefore + info.seconds;
    if (this.#followed.isAgain !== true) this.#history.add(info, epoch);
    this.#data.status = {
      ...this.#data.status,
      epoch,
      epochs: this.#epochsBefore + info.epochs,
      seconds,
      secondsLeft: this.#secondsLeft(info),
    };
    if ((this.#server?.viewers ?? 0) > 0) this.#show(info.isLast);
    if (this.#stopped) return false;
    return this.#pace.next()?.then(() => this.#goOn()) ?? true;
  }

  /** Tells the page how it ended. */
  finish(state: Extract<State, 'done' | 'stopped' | 'aborted' | 'failed'>, { result, message, bestEpoch }: Ending = {}): void {
    if (this.#network !== undefined && state !== 'failed' && state !== 'aborted') this.#draw();
    const { secondsLeft: _, phase: __, ...status } = this.#data.status;
    this.#data.status = { ...status, state, ...(message !== undefined && { message }) };
    if (result !== undefined) this.#data.result = result;
    if (bestEpoch !== undefined) this.#data.curves.bestEpoch = bestEpoch;
    this.#network = undefined;
    this.#send(this.#whole());
  }

  close(): Promise<void> {
    return (this.#server as PageServer).close();
  }

  #goOn(): boolean {
    return !this.#stopped;
  }

  #secondsLeft({ epoch, epochs, seconds }: EpochInfo): number {
    const { speed } = this.#pace;
    return (epochs - epoch) * Math.max(seconds / epoch, speed === undefined ? 0 : 1 / speed);
  }

  /** At most ten times a second; the weights of the epoch before are kept to compare with. */
  #show(isLast: boolean): void {
    const now = performance.now();
    const isUrgent = isLast || this.#pace.paused || this.#due === 0;
    const { epoch, epochs } = this.#data.status;
    const isNextLast = epoch === epochs - 1;
    if (!isUrgent && !isNextLast && now < this.#due) return;
    if (!isUrgent && this.#weights?.epoch !== epoch - 1) {
      this.#weights = { epoch, values: weightsOf(this.#network as NeuralNetwork) };
      return;
    }
    this.#draw();
    const cost = performance.now() - now;
    this.#due = now + Math.max(shortestMs, Math.min(cost, this.#cost) / mostShare);
    this.#cost = cost;
    const { status, layers, plane } = this.#data;
    const { set: curves, append } = this.#history.news();
    const set = { status, ...(layers && { layers }), ...(plane && { plane }), ...(curves && { curves }) };
    this.#send({ set, ...(append && { append }) });
  }

  #draw(): void {
    const network = this.#network as NeuralNetwork;
    const { probe, plane } = this.#followed;
    const { epoch } = this.#data.status;
    const values = weightsOf(network);
    const before = this.#weights?.epoch === epoch - 1 ? this.#weights.values : undefined;
    const known = this.#data.layers;
    this.#data.layers = layerFigures(network, { values, before, probe }).map((layer, index) => {
      const update = layer.update ?? known?.[index]?.update;
      return { ...layer, ...(update !== undefined && { update }) };
    });
    if (plane !== undefined) this.#data.plane = drawPlane(network, plane);
    this.#weights = { epoch, values };
  }

  #obey(command: Command): void {
    const { state } = this.#data.status;
    if (state !== 'training' && state !== 'paused') return;
    switch (command.do) {
      case 'speed':
        this.speed = command.speed ?? undefined;
        break;
      case 'pause':
        this.#pace.pause();
        this.#setStatus({ state: 'paused' });
        break;
      case 'step':
        this.#pace.step();
        this.#setStatus({ state: 'paused' });
        break;
      case 'resume':
        this.#pace.resume();
        this.#setStatus({ state: 'training' });
        break;
      case 'stop':
        this.#stopped = true;
        this.#pace.resume();
        this.#setStatus({ state: 'training', phase: 'stopping: the best so far is kept' });
        break;
      case 'abort':
        this.#abort.abort();
        this.#pace.resume();
    }
  }

  #setStatus(changes: Partial<Status>): void {
    this.#data.status = { ...this.#data.status, ...changes };
    this.#send({ set: { status: this.#data.status } });
  }

  /** All of it, for a browser that knows nothing; the others get it again only when training ends. */
  #whole(): Message {
    return { set: this.#data };
  }

  #send(message: Message): void {
    if ((this.#server?.viewers ?? 0) > 0) this.#server?.send(message);
  }
}
