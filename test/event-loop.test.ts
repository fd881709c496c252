import { describe, expect, it } from 'vitest';
import { dense, NeuralNetwork } from '../lib';

const xor = {
  x: [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ],
  y: [0, 1, 1, 0],
};
const network = () => new NeuralNetwork({ inputSize: 2, layers: [dense(4, 'tanh'), dense(1, 'sigmoid')] });

/** Counts the turns of the event loop while something is done. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let running = true;
  const count = (): void => {
    turns++;
    if (running) setImmediate(count);
  };
  setImmediate(count);
  await work.finally(() => {
    running = false;
  });
  return turns;
}

// Small networks are trained on the calling thread, in small pieces. The work that is counted here takes hundreds of milliseconds.
describe('the event loop turns while small networks are trained', () => {
  it('with a callback after each epoch', async () => {
    expect(await turnsDuring(network().fit(xor, { epochs: 50_000, onEpoch: () => {} }))).toBeGreaterThan(20);
  });

  it('with validation after each epoch', async () => {
    expect(await turnsDuring(network().fit(xor, { epochs: 50_000, validation: xor }))).toBeGreaterThan(20);
  });

  it('on a stream of batches', async () => {
    const batches = Array.from({ length: 30_000 }, () => xor);
    expect(await turnsDuring(network().fit(batches, { epochs: 1 }))).toBeGreaterThan(20);
  });

  it('so that a signal can stop it', async () => {
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    const fit = network().fit(xor, { epochs: 1e9, onEpoch: () => {}, callbackEvery: 10, signal: controller.signal });
    await expect(fit).rejects.toMatchObject({ name: 'AbortError' });
  });
});
