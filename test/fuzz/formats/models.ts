import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { NeuralNetwork } from '../../../lib';
import { checkNetwork } from '../check';
import { folder } from '../files';
import { changeCount, type Format } from '../format';
import { goodNetworks } from '../networks';
import { changed, partsOf } from '../safetensors';
import { treeOf, wordsOf } from '../tree';

/** Models as `save` writes them: read from memory, from memory at once, and from a file. */
export function models(): Format {
  const seeds = goodNetworks().map((nn) => {
    const parts = partsOf(nn.toBytes());
    return { parts, words: wordsOf([parts.header, treeOf(nn.toJSON().spec)]), documents: ['spec'] };
  });
  return {
    make(random) {
      const count = changeCount(random);
      const file = changed(random.pick(seeds), count, random);
      const readers = [
        async () => NeuralNetwork.fromBytes(file),
        () => NeuralNetwork.load(file),
        () => {
          const place = path.join(folder(), 'model');
          writeFileSync(place, file);
          return NeuralNetwork.load(place);
        },
      ];
      return { size: file.length, isUnchanged: count === 0, read: random.pick(readers), check: checkNetwork };
    },
  };
}
