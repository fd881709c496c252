/*
 * Texts of the data on a terminal: harmless, as wide as they look, and not too long.
 */

/** Control characters, and those that change the direction of the text behind them. */
const commands = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** A text whose control characters are pictures: a terminal must not obey the cells of a file. */
export const visible = (text: string): string => text.replace(commands, pictureOf);

/** The same of several lines. */
export const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n');

const controlPictures = 0x2400;

function pictureOf(character: string): string {
  const code = character.codePointAt(0) as number;
  if (code < 0x20) return String.fromCodePoint(controlPictures + code);
  return code === 0x7f ? '␡' : '\ufffd';
}

/** Characters that take two columns: East Asian ones by Unicode's annex 11, and emoji. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
/** Characters that take none: marks above others, joiners. */
const narrow = /[\p{Mn}\p{Me}\p{Cf}]/u;
const ascii = /^[ -~]*$/;

/** The columns of a terminal that a text takes. */
export function widthOf(text: string): number {
  if (ascii.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += narrow.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return width;
}

/** Fills a text with spaces. */
export const padded = (text: string, width: number, side: 'right' | 'left'): string => {
  const spaces = ' '.repeat(Math.max(0, width - widthOf(text)));
  return side === 'left' ? spaces + text : text + spaces;
};

/** The columns of a name or a category in a report. */
const longest = 40;

/** The beginning of a text that is too long for a report. */
export function shortened(text: string, most: number = longest): string {
  if (widthOf(text) <= most) return text;
  let [start, width] = ['', 0];
  for (const character of text) {
    width += widthOf(character);
    if (width >= most) break;
    start += character;
  }
  return `${start}…`;
}
