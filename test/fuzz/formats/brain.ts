import { NeuralNetwork } from '../../../lib';
import { checkNetwork } from '../check';
import { changeCount, type Format } from '../format';
import { goldens } from '../goldens';
import { changeTree, copyOf, textOf, treeOf, wordsOf } from '../tree';

/** Documents of brain.js. */
export function brain(): Format {
  const good = goldens<{ cases: { model: unknown }[] }>('brain').cases.map(({ model }) => treeOf(model));
  const words = wordsOf(good);
  return {
    make(random) {
      const tree = copyOf(random.pick(good));
      const changes = changeCount(random);
      for (let change = 0; change < changes; change++) changeTree(tree, random, words);
      const text = textOf(tree);
      const document: unknown = JSON.parse(text);
      return {
        size: text.length,
        isUnchanged: changes === 0,
        read: () => NeuralNetwork.fromBrainJS(document),
        check: checkNetwork,
      };
    },
  };
}
