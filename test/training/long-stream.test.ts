import { expect, test } from 'vitest';
import { dense, NeuralNetwork } from '../../lib';

// A stream has two batches in memory at most, however long it is. A gigabyte takes a while: only with CHAINRULE_LONG_TESTS.

test.runIf(process.env.CHAINRULE_LONG_TESTS !== undefined)(
  'a gigabyte is streamed through in constant memory',
  { timeout: 300_000 },
  async () => {
    const [rows, columns, batches] = [2048, 128, 1024];
    const read: number[] = [];
    async function* stream() {
      for (let index = 0; index < batches; index++) {
        const x = new Float32Array(rows * columns).fill(index / batches);
        if (index % 64 === 0) read.push(process.memoryUsage().rss);
        yield { x, y: new Float32Array(rows) };
      }
    }
    const nn = new NeuralNetwork({ inputSize: columns, layers: [dense(8, 'tanh'), dense(1)], seed: 1 });
    const { loss } = await nn.fit(stream, { epochs: 1, optimizer: 'sgd' });
    expect(loss).toHaveLength(1);
    // The garbage collector has its own time, so that some batches are still there.
    expect(Math.max(...read.slice(4)) - (read[4] as number)).toBeLessThan(200 * 2 ** 20);
  },
);
