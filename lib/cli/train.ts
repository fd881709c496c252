import { existsSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { info, setThreads } from '../index';
import { type Table, TabularModel, type TrainingPlan, type TrainOptions } from '../tabular/index';
import type { Arguments, Values } from './flags/flag';
import type { trainFlags } from './flags/lists';
import { entry, program, quoted } from './lines';
import { trainOptions } from './problem';
import { readTables, withNotes } from './tables';
import { reportLines, warningLines } from './train/figures';
import { defaultFolder, isOurs, openFolder, writeText } from './train/folder';
import { Interrupt } from './train/interrupt';
import { outcomeNames, summaryOf, writeOutcome } from './train/outcome';
import { Progress } from './train/progress';
import { planLines } from './train/screen';
import { type Config, changed, configName, configText, digestsOf, readConfig, settingsOf } from './train/settings';
import { startWatch, type TrainWatch } from './train-watch';
import { UsageError } from './usage';

type Flags = Values<typeof trainFlags>;

/** A training that was asked for. */
interface Request {
  flags: Flags;
  files: readonly string[];
  folder: string;
  /** The `train.json` that is repeated. */
  config?: Config;
}

/** `chainrule train`: a model from a table. */
export async function run({ flags: given, words }: Arguments<typeof trainFlags>): Promise<void> {
  const request = await requestOf(given, words);
  const { flags, folder } = request;
  if (flags.threads !== undefined) setThreads(flags.threads);
  const say = flags.json || flags.quiet ? () => {} : (lines: readonly string[]): void => console.log(lines.join('\n'));
  const table = await readTables(request.files, flags);
  const options = await trainOptions(table, flags);
  const before = await openFolder(folder, flags.overwrite ?? false);
  try {
    await train(request, table, options, before === 'again', say);
  } catch (error) {
    if (before === 'new') await rmdir(folder).catch(() => {}); // it holds something
    throw error;
  }
}

async function requestOf(given: Flags, words: readonly string[]): Promise<Request> {
  if ((given.open || given.port !== undefined) && !given.watch) throw new UsageError('--open and --port go with --watch');
  const config = given.config === undefined ? undefined : await readConfig(given.config);
  const flags: Flags = config === undefined ? given : changed(config.settings, given);
  const files = words.length > 0 ? words : (config?.files ?? []);
  const [file] = files;
  if (file === undefined) throw new UsageError('chainrule train: FILE is missing');
  if (flags.target === undefined) {
    const { names } = await readTables([file], flags);
    throw new UsageError(`--target is missing: the column to predict, one of ${names.slice(0, 50).join(', ')}`);
  }
  const ofConfig = given.config === undefined ? undefined : path.dirname(given.config);
  const folder =
    given.out ?? (ofConfig !== undefined && (await isOurs(ofConfig)) ? path.relative('', ofConfig) || '.' : defaultFolder(file));
  return { flags, files, folder, ...(config && { config }) };
}

async function train(request: Request, table: Table, options: TrainOptions, again: boolean, say: (lines: readonly string[]) => void) {
  const { flags, files, folder, config: repeated } = request;
  const { version, threads, isa } = info();
  const settings = settingsOf(flags);
  const tables = [...files, ...[flags.test, flags.validation].filter((each) => typeof each === 'string')];
  const config: Config = { chainrule: version, files: [...files], digests: await digestsOf(tables), settings };
  const checkpoint = path.join(folder, 'checkpoint.safetensors');
  if (!flags.resume) await forget(checkpoint);
  const resumed = flags.resume && !existsSync(checkpoint) ? [entry('resume', `nothing was begun in ${folder}: training starts anew`)] : [];
  const otherFiles = changedFiles(repeated, config);

  const sayAlways = flags.json || flags.quiet ? (lines: readonly string[]): void => console.error(lines.join('\n')) : say;
  const interrupt = new Interrupt();
  const progress = flags.quiet ? undefined : new Progress();
  const title = path.basename(folder).replace(/\.chainrule$/, '');
  let known: string[] = [];
  let watch: TrainWatch | undefined;
  const onPlan = async (plan: TrainingPlan): Promise<void> => {
    known = plan.warnings.map(({ message }) => message);
    const about = `chainrule ${version}  seed ${options.seed ?? 0}  ${threads} ${threads === 1 ? 'thread' : 'threads'}  ${isa}`;
    say([about, ...planLines(table, files, plan), ...otherFiles, ...resumed, '']);
  };
  try {
    if (flags.watch) watch = await startWatch(table, { title, target: options.target, port: flags.port, open: flags.open, say: sayAlways });
    await writeText(path.join(folder, configName), configText(config, folder));
    // A training that was stopped by hand is repeated up to the same epoch, unless it is to go on.
    const stopAfter = flags.resume ? undefined : repeated?.stoppedAfter;
    const training: TrainOptions = {
      ...options,
      onPlan,
      signal: watch === undefined ? interrupt.signal : AbortSignal.any([interrupt.signal, watch.signal]),
      checkpoint: { path: path.resolve(checkpoint), every: checkpointEvery, resume: flags.resume ?? false },
      onPhase: (text) => {
        interrupt.measuring();
        progress?.phase(text);
        watch?.phase(text);
      },
      onEpoch: async (epoch) => {
        interrupt.trained();
        progress?.epoch(epoch);
        const goesOn = (await watch?.onEpoch(epoch)) ?? true;
        return goesOn && !interrupt.stopped && epoch.epoch !== stopAfter;
      },
    };
    const model = await withNotes(table, () => TabularModel.train(table, training));
    progress?.close();
    interrupt.close();
    const { report } = model;
    const isEnded = report.stoppedBy === 'callback' || report.stoppedBy === 'signal';
    const isCut = !isEnded && interrupt.stopped && report.refit === null && !flags['no-refit'];
    const isStopped = isEnded || isCut;
    Object.assign(config, outcomeOf(config, model, isStopped));
    await writeOutcome(folder, model, config, title);
    if (!isStopped) await forget(checkpoint);
    if (flags.json) console.log(JSON.stringify({ folder, files: outcomeNames, ...summaryOf(report) }, null, 2));
    say([
      ...reportLines(report),
      ...(isCut ? [entry('', 'stopped by hand before it was trained again on all rows')] : []),
      ...warningLines(report, known),
      entry('weights', `SHA-256 ${report.hash}${sameness(flags.resume ? undefined : repeated, report.hash, otherFiles.length > 0)}`),
      entry('wrote', `${quoted(folder)}/  ${outcomeNames.join('  ')}${again ? '  (an earlier training was replaced)' : ''}`),
      ...nextLines(request, isStopped),
    ]);
    await watch?.finish(report, folder);
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
    throw new Error(
      watch?.signal.aborted ? 'aborted from the page: nothing is kept' : 'stopped before the first epoch was complete: nothing is kept',
    );
  } finally {
    progress?.close();
    interrupt.close();
    await watch?.close();
  }
}

/** A training loses at most this many epochs. */
const checkpointEvery = 10;

async function forget(checkpoint: string): Promise<void> {
  for (const file of [checkpoint, `${checkpoint}.refit`]) await rm(file, { force: true });
}

/** The rest of `train.json`, once the training is over. With it the same model comes out, whatever the defaults are then. */
function outcomeOf({ settings }: Config, { report }: TabularModel, isStopped: boolean): Partial<Config> {
  const { epochs, task, recipe, seed, hash, history, stoppedBy, refit } = report;
  const { 'time-limit': limit, ...rest } = settings;
  const isTimed = stoppedBy === 'time'; // only the clock tells where it ended
  const whole = { ...rest, task, recipe, seed, epochs, ...(refit === null && !isStopped && { 'no-refit': true as const }) };
  return {
    settings: isTimed && limit !== undefined ? { ...whole, 'time-limit': limit } : whole,
    weights: hash,
    ...(isStopped && { stoppedAfter: history.loss.length }),
  };
}

/** Lines about files that are not what they were. */
function changedFiles(repeated: Config | undefined, { digests = {} }: Config): string[] {
  const others = Object.keys(digests).filter((file) => repeated?.digests?.[file] !== undefined && repeated.digests[file] !== digests[file]);
  return others.length === 0 ? [] : [entry('changed', `${others.join(', ')}: not the data of the earlier training`)];
}

function sameness(repeated: Config | undefined, hash: string, isChanged: boolean): string {
  if (repeated?.weights === undefined) return '';
  if (repeated.weights === hash) return ', the same as before';
  return `, not ${repeated.weights.slice(0, 8)}… as before${isChanged ? ': the data have changed' : ''}`;
}

function nextLines({ folder, flags }: Request, isStopped: boolean): string[] {
  const [start, name] = [program(), quoted(folder)];
  return [
    ...(isStopped ? [entry('to go on', `${start} train --config ${quoted(path.join(folder, configName))} --resume`)] : []),
    entry(
      'next',
      `${start} predict ${name} new.csv --keep all > predictions.csv`,
      `${start} serve ${name}`,
      ...(flags.test === undefined || typeof flags.test === 'number' ? [`${start} evaluate ${name} other.csv`] : []),
    ),
  ];
}
