// The sentences of a file: of its comments, or of a whole document in Markdown. Code between backticks and fences is not read.

export interface Sentence {
  /** The line in which its paragraph begins. */
  line: number;
  text: string;
}

interface Paragraph {
  line: number;
  text: string;
}

/** Lines gathered into paragraphs. */
class Paragraphs {
  readonly all: Paragraph[] = [];
  #open: Paragraph | undefined;

  add(line: number, text: string): void {
    if (this.#open) {
      this.#open.text += ` ${text}`;
      return;
    }
    this.#open = { line, text };
    this.all.push(this.#open);
  }

  end(): void {
    this.#open = undefined;
  }
}

function inMarkdown(lines: readonly string[]): Paragraph[] {
  const found = new Paragraphs();
  let fence = false;
  lines.forEach((text, index) => {
    const mark = /^\s*```/.test(text);
    if (mark) fence = !fence;
    const table = /^\s*\|/.test(text);
    if (mark || fence || table || /^\s*$|^#|^\s*([-*]|\d+\.) /.test(text)) found.end();
    if (mark || fence) return;
    const parts = table ? text.split('|').filter((cell) => /\w/.test(cell)) : [text.replace(/^\s*([-*]|\d+\.|#+)\s+/, '')];
    for (const part of parts.filter((candidate) => /\w/.test(candidate))) {
      found.add(index + 1, part.trim());
      if (table || text.startsWith('#')) found.end();
    }
  });
  return found.all;
}

/** Comments that begin with `/*` or `//`: a run of `//` lines is one paragraph, a tag begins another. */
function inComments(lines: readonly string[]): Paragraph[] {
  const found = new Paragraphs();
  let block = false;
  const add = (line: number, text: string) => {
    if (!/\w/.test(text) || /^(@|\||```|- )/.test(text)) found.end();
    const words = text.replace(/^@(param \w+|returns|throws|return|internal) ?|^- /, '');
    if (/\w/.test(words) && !/^(\||```)/.test(words)) found.add(line, words);
  };
  lines.forEach((text, index) => {
    const line = index + 1;
    const opened = /^\s*\/\*\*?(.*)$/.exec(text)?.[1];
    if (block || opened !== undefined) {
      const inside = opened ?? text.replace(/^\s*\* ?/, '');
      block = !inside.includes('*/') && !/^\s*\*\/\s*$/.test(text);
      add(line, inside.replace(/\*\/.*/, '').trim());
      if (!block) found.end();
      return;
    }
    const own = /^\s*\/\/\/?<?(.*)$/.exec(text)?.[1];
    if (own !== undefined) {
      if (/^ {2,}/.test(own)) found.end(); // an item of a list
      add(line, own.trim());
      return;
    }
    found.end();
    const behind = /^[^'"`]*\s\/\/\/?<?\s+(.*)$/.exec(text)?.[1];
    if (behind === undefined) return;
    found.add(line, behind);
    found.end();
  });
  return found.all;
}

/** The texts of string literals that have more than one word: messages. */
export function messages(text: string): Sentence[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      /^\s*(\/\/|\*|\/\*)/.test(line)
        ? []
        : [...line.matchAll(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`/g)]
            .map(([literal]) => ({ line: index + 1, text: literal.slice(1, -1) }))
            .filter((message) => /\w \w/.test(message.text)),
    );
}

export function sentences(name: string, text: string): Sentence[] {
  const lines = text.split(/\r?\n/);
  return (name.endsWith('.md') ? inMarkdown(lines) : inComments(lines)).flatMap((paragraph) =>
    paragraph.text
      .replace(/`[^`]*`/g, 'CODE')
      .replace(/\]\([^)]*\)/g, ']')
      .split(/(?<=[.!?]["')*]*)\s+(?=[A-Z"'(*[\d])/)
      .map((sentence) => ({ line: paragraph.line, text: sentence })),
  );
}
