const pairs = [
  ['false', 'true'],
  ['no', 'yes'],
  ['f', 't'],
  ['n', 'y'],
];

/** Whether texts are the two values of a boolean: true and false, yes and no, t and f, y and n, in any case. */
export function isBooleanPair(texts: readonly string[]): boolean {
  if (texts.length !== 2) return false;
  const lower = texts.map((text) => (text.length > 5 ? '' : text.toLowerCase())).sort();
  return pairs.some(([no, yes]) => lower[0] === no && lower[1] === yes);
}
