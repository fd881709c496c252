import { type NetworkOptions, NeuralNetwork } from '../../../lib';
import { checkNetwork } from '../check';
import { changeCount, type Format } from '../format';
import { fromBase64, goldens } from '../goldens';
import { changed, partsOf } from '../safetensors';
import { wordsOf } from '../tree';

interface Golden {
  options: NetworkOptions;
  file: string;
  names?: Record<string, string>;
}

/** State dicts of PyTorch, for networks that fit the good ones. */
export function stateDicts(): Format {
  const seeds = goldens<{ cases: Golden[] }>('pytorch').cases.map(({ options, file, names = {} }) => {
    const parts = partsOf(fromBase64(file));
    return { options, names, parts, words: wordsOf([parts.header]), documents: [] };
  });
  return {
    make(random) {
      const count = changeCount(random);
      const seed = random.pick(seeds);
      const file = changed(seed, count, random);
      return {
        size: file.length,
        isUnchanged: count === 0,
        read: () => NeuralNetwork.fromSafetensors(file, seed.options, { names: seed.names }),
        check: checkNetwork,
      };
    },
  };
}
