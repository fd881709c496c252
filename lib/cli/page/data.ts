/*
 * Everything that the page shows, as plain JSON. The live page gets it piece by piece, report.html has it inside.
 */

export interface PageData {
  version: 1;
  title: string;
  subtitle?: string;
  status: Status;
  /** Names and values that describe the training, the most important first. */
  facts: { name: string; value: string }[];
  curves: Curves;
  layers?: LayerFigures[];
  plane?: Plane;
  samples?: Sample[];
  result?: Result;
  /** The buttons of a live page; a report has none. */
  controls?: Controls;
}

export type State = 'waiting' | 'training' | 'paused' | 'done' | 'stopped' | 'aborted' | 'failed';

export interface Status {
  state: State;
  /** The part of the work that is under way, where it has more than one. */
  phase?: string;
  epoch: number;
  epochs: number;
  seconds: number;
  /** An upper limit: early stopping may end the training sooner. */
  secondsLeft?: number;
  /** The outcome, in a sentence. */
  message?: string;
}

export interface Controls {
  /** Epochs per second; absent: as fast as possible. */
  speed?: number;
  /** Whether the page has buttons to pause, step and change the speed: where training is slowed down so that it can be watched. */
  pace: boolean;
}

/** One value for each point of `epoch`. A value that is missing or not finite is null. */
export interface Curves {
  epoch: number[];
  learningRate: (number | null)[];
  charts: Chart[];
  bestEpoch?: number;
}

export interface Chart {
  name: string;
  training?: (number | null)[];
  validation?: (number | null)[];
}

/** Counts of values in equal bins from `low` to `high`. */
export interface Histogram {
  low: number;
  high: number;
  counts: number[];
  mean: number;
  deviation: number;
  notFinite: number;
}

export interface LayerFigures {
  name: string;
  parameters: number;
  weights: Histogram;
  /** Of the loss of some training rows. */
  gradients?: Histogram;
  /** |Δw| / |w| of one epoch, by their Euclidean norms. */
  update?: number;
  /** Units that are 0 for all of those rows; only layers whose activation can do that have it. */
  dead?: { count: number; units: number };
}

/** A picture of a network with two inputs: what each unit makes of every point of a square. */
export interface Plane {
  /** Points on a side. Maps have their rows from top to bottom, the first input grows to the right. */
  size: number;
  names: [string, string];
  from: [number, number];
  to: [number, number];
  surface: Surface;
  /** From the first layer to the last; empty unless all layers are dense or dropout. */
  columns: UnitColumn[];
}

/** One output; or the class with the highest output, and how high that is. Maps are base64 of one byte a point. */
export type Surface =
  | { kind: 'value'; map: string; low: number; high: number }
  | { kind: 'classes'; classes: string[]; map: string; confidence: string };

export interface UnitColumn {
  name: string;
  units: Unit[];
  /** Units of the layer that are not among `units`. */
  hidden: number;
}

export interface Unit {
  /** 0: `low`, 255: `high`. */
  map: string;
  low: number;
  high: number;
  bias: number;
  /** From the units that the column before shows, or from the inputs. */
  weights: number[];
}

/** A training row on the plane. */
export interface Sample {
  at: [number, number];
  label: string;
  /** The target there, or an index of the surface's classes. */
  value: number;
}

export interface Result {
  /** One sentence, such as where the model was written to. */
  summary?: string;
  /** Rows that the figures come from, in words. */
  from?: string;
  metrics?: Metric[];
  confusion?: { labels: string[]; counts: number[][] };
  predictions?: { target: string; true: number[]; predicted: number[] };
  worst?: { columns: string[]; rows: Cell[][]; truth: Cell[]; predicted: Cell[]; loss: number[] };
  importance?: { column: string; drop: number; spread: number }[];
  warnings?: string[];
  /** Any other tables, each with a heading. */
  tables?: { title: string; columns: string[]; rows: Cell[][] }[];
}

export type Cell = string | number | boolean | null;

export interface Metric {
  name: string;
  value: number;
  spread?: number;
  /** In place of a spread, as it is read: "≥ 0.95". */
  bound?: string;
  /** The same metric of simple models. */
  baselines: { name: string; value: number }[];
}

/** News for a page that is open. */
export interface Message {
  /** Parts that are replaced. */
  set?: Partial<PageData>;
  append?: Points;
}

/** Points of the curves from the index `from` on, whatever a browser that has just connected has there already. */
export interface Points extends Curves {
  from: number;
}

/** A button of the page was pressed. */
export type Command = { do: 'stop' | 'abort' | 'pause' | 'resume' | 'step' } | { do: 'speed'; speed: number | null };
