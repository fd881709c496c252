import type { EpochCallback, EpochInfo } from './options';
import { checkProgress, type ProgressOptions, type ProgressStream } from './options/progress';

/** The most characters of a bar, and the least: a shorter one says nothing. */
const widestBar = 24;
const leastBar = 6;

/** Milliseconds between two drawings of a bar: more often is a flicker. */
const betweenDrawings = 50;

/** The most lines where there is no terminal: a log is read, not watched. */
const mostLines = 100;

/**
 * A callback for `onEpoch` that shows the losses, steps per second and the time left: a bar on a terminal with room for it, and plain lines
 * elsewhere, at most 100. It uses no colours. Without it `fit` writes nothing.
 *
 * ```ts
 * await nn.fit(data, { epochs: 50, onEpoch: progressBar() });
 * ```
 *
 * @throws TypeError if an option is wrong, or does not exist.
 */
export function progressBar(options: ProgressOptions = {}): EpochCallback {
  const { stream = standardOutput(), text = textOf, rows } = checkProgress(options, 'progressBar() options');
  let drawn = Number.NEGATIVE_INFINITY;
  let width = 0;
  let barWidth: number | undefined;
  return (info: EpochInfo): void => {
    const { epoch, epochs, isLast } = info;
    const line = `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}  ${text(info)}  ${speed(info, rows)}`;
    const columns = (stream.columns ?? 80) - 3;
    barWidth ??= Math.min(widestBar, columns - line.length);
    if (stream.isTTY !== true || barWidth < leastBar) {
      if (isLast || epoch % Math.ceil(epochs / mostLines) === 0) stream.write(`${line}\n`);
      return;
    }
    const now = performance.now();
    if (!isLast && now - drawn < betweenDrawings) return;
    drawn = now;
    const room = Math.max(0, columns - barWidth);
    const done = Math.round((epoch / epochs) * barWidth);
    stream.write(`\r${'█'.repeat(done)}${'░'.repeat(barWidth - done)}  ${line.slice(0, room).padEnd(width)}${isLast ? '\n' : ''}`);
    width = Math.min(line.length, room);
  };
}

/** The standard output, or the console where there is none. */
function standardOutput(): ProgressStream {
  if (typeof process === 'object' && process?.stdout !== undefined) return process.stdout;
  return { write: (text) => console.log(text.trimEnd()) };
}

const notMeasured = new Set(['epoch', 'epochs', 'steps', 'seconds', 'learningRate', 'isLast']);

function textOf(info: EpochInfo): string {
  const measured = Object.entries(info).filter(([name, value]) => !notMeasured.has(name) && typeof value === 'number');
  return measured.map(([name, value]) => `${name} ${(value as number).toPrecision(4)}`).join('  ');
}

function speed({ epoch, epochs, steps, seconds, isLast }: EpochInfo, rows: number | undefined): string {
  const perSecond = `${Math.round((rows === undefined ? steps : rows * epoch) / Math.max(seconds, 1e-3))} ${rows === undefined ? 'steps' : 'rows'}/s`;
  return isLast ? `${perSecond}  ${duration(seconds)}` : `${perSecond}  ETA ${duration((seconds / epoch) * (epochs - epoch))}`;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
