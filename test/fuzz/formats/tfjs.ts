import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { NeuralNetwork } from '../../../lib';
import type { RandomNumbers } from '../../support/random-numbers';
import { changeBytes, changeFloat, texts } from '../bytes';
import { checkNetwork } from '../check';
import { folder } from '../files';
import { changeCount, type Format } from '../format';
import { fromBase64, goldens } from '../goldens';
import { changeTree, copyOf, member, type Tree, textOf, treeOf, wordsOf } from '../tree';

interface Golden {
  modelTopology: unknown;
  weightSpecs: unknown[];
  weightData: string;
}

/** A `model.json` whose weights are in two files beside it, the first one of this many bytes. */
const firstPart = 16;
const paths = ['part1', 'part2'];

/** Another file in the list: one elsewhere, the same one twice, or the document itself. */
function changePaths(tree: Tree, random: RandomNumbers): void {
  const list = member(member(tree, 'weightsManifest')?.values?.[0], 'paths');
  const others = [...texts, ...paths, 'model.json', './part1', 'part1/', 'nothing', '/dev/zero', '../checkpoint'];
  if (list?.values?.length) list.values[random.below(list.values.length)] = treeOf(random.pick(others));
}

/** Models of TensorFlow.js: in memory, and as files. */
export function tfjs(): Format {
  const good = goldens<{ cases: Golden[] }>('tfjs').cases.map(({ modelTopology, weightSpecs, weightData }) => ({
    tree: treeOf({ modelTopology, format: 'layers-model', weightsManifest: [{ paths, weights: weightSpecs }] }),
    data: fromBase64(weightData),
  }));
  const words = wordsOf(good.map(({ tree }) => tree));
  return {
    make(random) {
      const seed = random.pick(good);
      const [tree, changes] = [copyOf(seed.tree), changeCount(random)];
      let data = seed.data.slice();
      const inFiles = random.below(4) === 0;
      for (let change = 0; change < changes; change++) {
        const kind = random.below(8);
        if (kind === 0) data = new Uint8Array(changeBytes(data, random));
        else if (kind === 1) changeFloat(data, 4, random);
        else if (kind === 2 && inFiles) changePaths(tree, random);
        else changeTree(tree, random, words);
      }
      const text = textOf(tree);
      const document = changes > 0 && inFiles && random.below(6) === 0 ? changeBytes(Buffer.from(text), random) : text;
      return {
        size: text.length + data.length,
        isUnchanged: changes === 0,
        read: inFiles ? () => NeuralNetwork.fromTfjs(written(document, data)) : fromMemory(text, data),
        check: checkNetwork,
      };
    },
  };
}

function written(document: string | Uint8Array, data: Uint8Array): string {
  const own = path.join(folder(), 'tfjs');
  mkdirSync(own, { recursive: true });
  writeFileSync(path.join(own, 'model.json'), document);
  writeFileSync(path.join(own, 'part1'), data.subarray(0, firstPart));
  writeFileSync(path.join(own, 'part2'), data.subarray(firstPart));
  return path.join(own, 'model.json');
}

/** The same in memory, whatever is left of the document. */
function fromMemory(text: string, data: Uint8Array): () => Promise<NeuralNetwork> {
  const { modelTopology, weightsManifest } = JSON.parse(text);
  const weightData = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer;
  return () => NeuralNetwork.fromTfjs({ modelTopology, weightSpecs: weightsManifest?.[0]?.weights, weightData });
}
