import { columns } from './picture';

const barWidth = 24;

/** The line about an epoch: a bar that fills up on a terminal with room for it, a line for each epoch elsewhere. */
export function showProgress(epoch: number, epochs: number, numbers: string): void {
  const line = `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}  ${numbers}`;
  if (!process.stdout.isTTY || columns() <= barWidth + 2 + line.length) {
    console.log(line);
    return;
  }
  const done = Math.round((epoch / epochs) * barWidth);
  process.stdout.write(`\r${'█'.repeat(done)}${'░'.repeat(barWidth - done)}  ${line}${epoch === epochs ? '\n' : ''}`);
}
