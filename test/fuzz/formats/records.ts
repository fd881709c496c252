import { readTable } from '../../../lib/tabular';
import type { RandomNumbers } from '../../support/random-numbers';
import { changeBytes } from '../bytes';
import { checkTable } from '../check-table';
import { changeCount, type Format } from '../format';
import { changeTree, copyOf, type Tree, textOf, treeOf, wordsOf } from '../tree';

const good = [
  [
    { rooms: 3, town: 'Ulm', sold: true, at: '2026-03-31' },
    { rooms: null, town: 'Bonn', sold: false, at: '2026-04-01' },
    { town: 'Ulm', rooms: 4.5 },
  ],
  Array.from({ length: 30 }, (_, row) => ({ id: row, code: `0${row % 4}`, note: `note ${row}`, score: row / 7 })),
].map(treeOf);
const words = [...wordsOf(good), 'NaN', '01', '2026-02-30', '__proto__', '1,5'];

/** One document, or one a line: most damage is inside of a record, some to the text. */
function format(write: (records: Tree, random: RandomNumbers, isChanged: boolean) => string): Format {
  return {
    make(random) {
      const tree = copyOf(random.pick(good));
      const count = changeCount(random);
      for (let change = 0; change < count; change++) changeTree(tree, random, words);
      const text = Buffer.from(write(tree, random, count > 0));
      const bytes = count > 0 && random.below(4) === 0 ? changeBytes(text, random) : text;
      return { size: bytes.length, isUnchanged: count === 0, read: () => readTable({ bytes }), check: checkTable };
    },
  };
}

/** An array of records. */
export const jsonRecords = (): Format => format((records) => textOf(records));

/** Lines of records. */
export const jsonLines = (): Format =>
  format((records, random, isChanged) => {
    const lines = (records.values ?? []).map(textOf);
    if (isChanged && random.below(5) === 0)
      lines.splice(random.below(lines.length + 1), 0, random.pick(['', ' ', '[]', 'null', '{}', ',', '{', '{"a":1}{"a":2}']));
    return lines.join(random.pick(['\n', '\r\n']));
  });
