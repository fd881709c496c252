import type { FileHandle } from 'node:fs/promises';
import { inSlices, type Pieces } from '../event-loop';
import type { FloatArray } from '../native';
import { type FilePath, mostLbfgsArrays, mostStateArrays, type NetworkSpec } from '../options';
import { digestOfAll } from './digest';
import { named, openFile, using } from './regular-file';
import { asBytes, fill, readFileHeader, wrongDigest } from './safetensors';
import {
  type Header,
  matchingTensors,
  parsingMetadata,
  planningTensors,
  planTensor,
  refuseExtra,
  type TensorPlan,
  writingHeader,
} from './safetensors-header';
import { badModel, checkingParameters, floats } from './state';
import { writeWhole } from './write-whole';

/*
 * A checkpoint: the safetensors file of a model, with further tensors and a description of the training in its metadata.
 * docs/formats.md has the details.
 */

/** How far a training has come. All numbers are exact in JSON. */
interface Position {
  /** Seconds that it took so far. */
  seconds: number;
  /** Steps and epochs over the network's whole life, and those at which this training began. */
  firstStep: number;
  firstEpoch: number;
  steps: number;
  epochs: number;
  /** Steps of this training's optimizer. */
  updates: number;
}

/** A training between two epochs. */
export interface Training extends Position {
  spec: NetworkSpec;
  /** The settings that must be the same to resume with the same bits: plain data. */
  settings: Record<string, unknown>;
  /** One value for each completed epoch. */
  history: Record<string, Float64Array>;
  /**
   * All parameters, then the optimizer's arrays, which have the trained ones alone; in the order of the list of tensors, row-major. With an
   * average over the steps, the first are the average, and the latest parameters come last, the trained ones alone.
   */
  arrays: FloatArray[];
  /** The parameters of the best epoch so far, if they are to be restored. */
  best: FloatArray | undefined;
}

/** The description in the metadata. */
interface Description extends Position {
  settings: Record<string, unknown>;
  completed: number;
  history: string[];
  slots: number;
  best: boolean;
}

/** Writes a checkpoint whole or not at all. The event loop turns meanwhile. */
export async function saveCheckpoint(file: FilePath, training: Training): Promise<void> {
  const { spec, settings, seconds, firstStep, firstEpoch, steps, epochs, updates, history, arrays, best } = training;
  const columns = Object.keys(history);
  const description: Description = {
    ...{ settings, seconds, firstStep, firstEpoch, steps, epochs, updates },
    completed: history.loss?.length ?? 0,
    history: columns,
    slots: arrays.length - 1,
    best: best !== undefined,
  };
  const specText = await inSlices(stringifying(spec));
  const text = JSON.stringify(description);
  const plan = await inSlices(planningTraining(spec, description));
  const [model, ...blocks] = [...arrays, ...(best ? [best] : [])].map(asBytes) as [Uint8Array, ...Uint8Array[]];
  const past = columns.map((name) => asBytes(history[name] as Float64Array));
  const sha256 = await digestOfAll([specText, model]);
  const metadata = {
    ...{ spec: specText, sha256, training: text },
    training_sha256: await digestOfAll([sha256, text, ...past, ...blocks]),
  };
  const header = await inSlices(writingHeader(metadata, plan.history.concat(plan.model, ...plan.blocks)));
  await writeWhole(file, [header, ...past, model, ...blocks]);
}

/** The specification as JSON: `JSON.stringify` of it, but layer by layer. */
function* stringifying(spec: NetworkSpec): Pieces<string> {
  const members: string[] = [];
  for (const [key, value] of Object.entries(spec)) {
    const items: string[] = [];
    for (const item of Array.isArray(value) ? value : []) if (items.push(JSON.stringify(item)) % 256 === 0) yield;
    members.push(`${JSON.stringify(key)}:${Array.isArray(value) ? `[${items.join()}]` : JSON.stringify(value)}`);
  }
  return `{${members.join()}}`;
}

/**
 * Reads a checkpoint; undefined if there is no such file. A damaged file is an error with the code `ERR_CHAINRULE_FORMAT` that names the
 * fault. The event loop turns meanwhile.
 */
export async function loadCheckpoint(file: FilePath): Promise<Training | undefined> {
  return named(file, async () => {
    const handle = await openFile(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    return handle && using(handle, (open) => read(open, file.given));
  });
}

async function read(file: FileHandle, name: string): Promise<Training> {
  const { header, start } = await readFileHeader(file, name);
  const { spec, tensors, training } = header;
  if (training === undefined) throw badModel(name, 'is a model, not a checkpoint: it has no training to resume');
  const description = checkDescription(await inSlices(parsingMetadata(training.text, 'training', name)), name);
  const { completed, history, slots, best, ...rest } = description;
  const plan = await inSlices(planningTraining(spec, description));
  const columns = await inSlices(matchingTensors(training.tensors, plan.history, name));
  const groups = [tensors];
  for (const block of plan.blocks) groups.push(await inSlices(matchingTensors(training.tensors, block, name)));
  refuseExtra(training.tensors, name);

  const past = await Promise.all(columns.map((tensor) => readTensors(file, start, [tensor], new Float64Array(completed), name)));
  const arrays: FloatArray[] = [];
  for (const group of groups) {
    const length = group.reduce((sum, tensor) => sum + tensor.length, 0);
    arrays.push(await readTensors(file, start, group, floats(spec.precision, length, 'shared'), name));
  }
  await checkDigests(header, past, arrays, name);
  const result = {
    ...{ spec, ...rest },
    history: Object.fromEntries(history.map((column, index) => [column, past[index] as Float64Array])),
    best: best ? arrays.pop() : undefined,
    arrays,
  };
  for (const parameters of [arrays[0] as FloatArray, ...(result.best ? [result.best] : [])]) {
    await inSlices(checkingParameters(parameters, spec, name));
  }
  return result;
}

async function checkDigests(
  { specText, digest, training }: Header,
  past: Float64Array[],
  arrays: FloatArray[],
  name: string,
): Promise<void> {
  const [model, ...blocks] = arrays.map(asBytes) as [Uint8Array, ...Uint8Array[]];
  const found = await digestOfAll([specText, model]);
  if (found !== digest) throw wrongDigest(name);
  const ofTraining = await digestOfAll([found, training?.text ?? '', ...past.map(asBytes), ...blocks]);
  if (ofTraining !== training?.digest) throw wrongDigest(name);
}

/**
 * Where everything is in the file: the history first, whose numbers of 64 bits are so at multiples of 8. `blocks`: the tensors of each of the
 * optimizer's arrays, and of the best parameters. An array of L-BFGS, which has many, is one tensor.
 */
function* planningTraining(spec: NetworkSpec, { completed, history, slots, best, settings }: Omit<Description, keyof Position>) {
  const end = (plans: readonly TensorPlan[], otherwise: number): number => plans.at(-1)?.end ?? otherwise;
  const columns = history.map((name, index): TensorPlan => {
    const begin = index * completed * 8;
    return { name: `history.${name}`, dtype: 'F64', shape: [completed], length: completed, begin, end: begin + completed * 8 };
  });
  const model: TensorPlan[] = yield* planningTensors(spec, { from: end(columns, 0) });
  const blocks: TensorPlan[][] = [];
  let from = end(model, 0);
  const isWhole = isLbfgs(settings);
  const trained: TensorPlan[] = isWhole ? yield* planningTensors(spec, { which: 'trained' }) : [];
  const trainedLength = trained.reduce((sum, { length }) => sum + length, 0);
  for (let slot = 0; isWhole && slot < slots; slot++) {
    const tensor = planTensor(spec, `optimizer.${slot}`, trainedLength, from);
    from = tensor.end;
    blocks.push([tensor]);
  }
  const prefixes = Array.from({ length: isWhole ? 0 : slots }, (_, slot) => `optimizer.${slot}.`);
  if (settings.ema !== undefined && slots > 0) prefixes.splice(-1, 1, 'latest.');
  if (best) prefixes.push('best.');
  for (const prefix of prefixes) {
    const block: TensorPlan[] = yield* planningTensors(spec, { prefix, from, which: prefix === 'best.' ? 'all' : 'trained' });
    from = end(block, from);
    blocks.push(block);
  }
  return { history: columns, model, blocks };
}

/** More columns than any history has, and names that are no longer than theirs. */
const mostColumns = 32;
const longestColumnName = 64;

/** Whether this is a description at all. Whether it is true, and of the training that is to be resumed, is for training/resumable.ts to say. */
function checkDescription(value: unknown, name: string): Description {
  const { settings, completed, history, slots, best, seconds, ...counts } = (isObject(value) ? value : {}) as unknown as Description;
  const { firstStep, firstEpoch, steps, epochs, updates = steps - firstStep } = counts;
  const isCount = (count: unknown): boolean => Number.isSafeInteger(count) && (count as number) >= 0;
  const isName = (column: unknown): boolean => typeof column === 'string' && column.length <= longestColumnName;
  const valid =
    isObject(settings) &&
    [completed, slots, firstStep, firstEpoch, steps, epochs, updates].every(isCount) &&
    slots <= (isLbfgs(settings) ? mostLbfgsArrays : mostStateArrays + 1) &&
    Number.isFinite(seconds) &&
    typeof best === 'boolean' &&
    Array.isArray(history) &&
    history.length <= mostColumns &&
    history.every(isName) &&
    new Set(history).size === history.length;
  if (!valid) throw badModel(name, 'is damaged: the "training" in its __metadata__ does not describe one');
  return { settings, completed, history, slots, best, seconds, firstStep, firstEpoch, steps, epochs, updates };
}

/**
 * Tensors that belong together, one behind the other in memory wherever they are in the file. Those that are neighbours there as well are
 * read together.
 */
async function readTensors<T extends FloatArray>(
  file: FileHandle,
  start: number,
  tensors: readonly TensorPlan[],
  into: T,
  name: string,
): Promise<T> {
  const bytes = asBytes(into);
  let filled = 0;
  for (let first = 0; first < tensors.length; ) {
    const begin = tensors[first]?.begin ?? 0;
    let end = begin;
    while (tensors[first]?.begin === end) end = tensors[first++]?.end as number;
    await fill(bytes.subarray(filled, filled + end - begin), file, start + begin, name);
    filled += end - begin;
  }
  return into;
}

function isLbfgs({ optimizer }: Record<string, unknown>): boolean {
  return isObject(optimizer) && optimizer.lbfgs !== undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
