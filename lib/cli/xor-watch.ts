import { once } from 'node:events';
import type { NeuralNetwork } from '../index';
import type { Cell, Result } from './page/data';
import { openInBrowser } from './page/open';
import { Watch } from './watch/watch';
import { published, samples } from './xor-reference';

/** Epochs per second at the start: the whole training takes a quarter of a minute. */
const speed = 100;

/** The page of `chainrule xor --watch`; training begins when a browser has it open. */
export async function watchXor(
  subtitle: string,
  learningRate: number,
  { port = 0, open = false }: { port?: number | undefined; open?: boolean | undefined },
): Promise<Watch> {
  const watch = await Watch.start({
    title: 'XOR',
    subtitle,
    facts: [
      { name: 'network', value: '2-4-1, sigmoid' },
      { name: 'loss', value: 'binary cross-entropy' },
      { name: 'optimizer', value: `gradient descent, learning rate ${learningRate}` },
      { name: 'data', value: 'four rows, all in each step' },
    ],
    port,
    speed,
  });
  console.log(`Watch it: ${watch.url}\nTraining begins when the page is open. Ctrl-C ends.\n`);
  if (open) openInBrowser(watch.url);
  await watch.connected();
  return watch;
}

export function followXor(watch: Watch, nn: NeuralNetwork): void {
  watch.follow(nn, {
    probe: samples,
    plane: { names: ['x₁', 'x₂'], from: [-0.25, -0.25], to: [1.25, 1.25] },
    samples: samples.x.map(([x1 = 0, x2 = 0], row) => {
      const value = samples.y[row]?.[0] as number;
      return { at: [x1, x2], value, label: String(value) };
    }),
  });
}

/** Shows what has come out, and keeps the page until Ctrl-C. */
export async function finishXor(watch: Watch, nn: NeuralNetwork, summary: string): Promise<void> {
  const outputs = nn.predict(samples.x).data;
  const rows = samples.x.map((input, row): Cell[] => [
    input.join(', '),
    samples.y[row]?.[0] as number,
    published.outputs[row] as number,
    outputs[row] as number,
  ]);
  const result: Result = {
    summary,
    tables: [{ title: 'The outputs for the four rows', columns: ['input', 'target', 'published', 'ours'], rows }],
  };
  watch.finish(watch.stopped ? 'stopped' : 'done', { result });
  console.log(`\nThe page stays until Ctrl-C: ${watch.url}`);
  await once(process, 'SIGINT');
  await watch.close();
}
