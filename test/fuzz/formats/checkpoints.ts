import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { dense, type FitOptions, NeuralNetwork, type Samples } from '../../../lib';
import { checkNetwork } from '../check';
import { folder } from '../files';
import { changeCount, type Format } from '../format';
import { changed, partsOf, type Seed } from '../safetensors';
import { treeOf, wordsOf } from '../tree';

const network = () => new NeuralNetwork({ inputSize: 2, layers: [dense(3, 'tanh'), { type: 'batchNorm' }, dense(1)], seed: 1 });
const data: Samples = { x: [[0, 0], [0, 1], [1, 0], [1, 1], [2, 1]], y: [0, 1, 1, 0, 1] }; // biome-ignore format: one table

/** Trainings with all that a checkpoint can hold. */
const trainings: readonly FitOptions<Samples>[] = [
  { optimizer: { type: 'sgd', momentum: 0.9 } },
  { optimizer: 'adamw', ema: { decay: 0.9 }, metrics: ['mae'] },
  { optimizer: 'adam', validation: data, earlyStopping: { patience: 50, restoreBest: true } },
];
const [before, after] = [3, 5];

/** Checkpoints, from which a training resumes; what it reads must be as good as the end of the training. */
export function checkpoints(): Format {
  const seeds: [Seed, FitOptions<Samples>][] = [];
  const place = path.join(folder(), 'checkpoint');
  return {
    async prepare() {
      for (const options of trainings) {
        await network().fit(data, { ...options, epochs: before, checkpoint: { path: place } });
        const parts = partsOf(new Uint8Array(readFileSync(place)));
        const texts = Object.values(JSON.parse(JSON.stringify(options)));
        seeds.push([{ parts, words: wordsOf([parts.header, ...texts.map(treeOf)]), documents: ['spec', 'training', 'training'] }, options]);
        rmSync(place);
      }
    },
    make(random) {
      const count = changeCount(random);
      const [seed, options] = random.pick(seeds);
      const file = changed(seed, count, random);
      const isModel = random.below(4) === 0;
      return {
        size: file.length,
        isUnchanged: count === 0,
        async read() {
          if (isModel) return NeuralNetwork.load(file);
          writeFileSync(place, file);
          const nn = network();
          await nn.fit(data, { ...options, epochs: after, checkpoint: { path: place, resume: true } });
          return nn;
        },
        check: checkNetwork,
      };
    },
  };
}
