/** Texts that stand for a missing value in the files of other programs, in lower case. */
const usual = ['', '?', 'na', 'n/a', '#n/a', '#na', '<na>', 'nan', '-nan', 'nat', 'null', 'none', 'nil', '-', '--', '.'];

/** Tells whether a text, without the spaces around it, stands for a missing value. Case makes no difference to the usual ones. */
export function missingMarkers(more: readonly string[] = []): (text: string) => boolean {
  const known = new Set(usual);
  const asked = new Set(more.map((text) => text.trim()));
  const longest = Math.max(...usual.map((text) => text.length));
  return (text) => (text.length <= longest && known.has(text.toLowerCase())) || asked.has(text);
}
