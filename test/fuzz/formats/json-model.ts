import { NeuralNetwork } from '../../../lib';
import type { RandomNumbers } from '../../support/random-numbers';
import { changeFloat } from '../bytes';
import { checkNetwork } from '../check';
import { changeCount, type Format } from '../format';
import { goodNetworks } from '../networks';
import { changeTree, copyOf, member, type Tree, textOf, treeOf, wordsOf } from '../tree';

/** Documents of `toJSON`, whose tensors are arrays or texts in base64. */
export function jsonModels(weights: 'plain' | 'base64'): Format {
  const good = goodNetworks().map((nn) => treeOf(nn.toJSON({ weights })));
  const words = wordsOf(good);
  return {
    make(random) {
      const tree = copyOf(random.pick(good));
      const changes = changeCount(random);
      for (let change = 0; change < changes; change++) {
        const tensors = member(tree, 'parameters');
        if (weights === 'base64' && tensors?.values?.length && random.below(3) === 0) changeText(random.pick(tensors.values), random);
        else changeTree(tree, random, words);
      }
      const text = textOf(tree);
      const document: unknown = JSON.parse(text);
      return {
        size: text.length,
        isUnchanged: changes === 0,
        read: async () => NeuralNetwork.fromJSON(document),
        check: checkNetwork,
      };
    },
  };
}

/** Another value in a tensor, or a text that is almost base64. */
function changeText(tensor: Tree, random: RandomNumbers): void {
  const text = /^"[\w+/=]*"$/.test(tensor.text ?? '') ? (JSON.parse(tensor.text as string) as string) : '';
  const bytes = Buffer.from(text, 'base64');
  changeFloat(bytes, 4, random);
  const whole = bytes.toString('base64');
  const others = [
    whole,
    whole.replaceAll('=', ''),
    `${whole}=`,
    whole.replace(/^./, '-'),
    `${whole}AAAA`,
    whole.slice(4),
    whole.replace(/.$/, '\ud800'),
  ];
  tensor.text = JSON.stringify(random.below(2) === 0 ? whole : random.pick(others));
}
