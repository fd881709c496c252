'use strict';
// Writes docs/api.md from the declarations in dist/, which tsc emits: `npm run api`. test/house/api.test.ts checks that it is current.
//
// TypeDoc does not run on TypeScript 7, which has no compiler API for it. Emitted declarations are regular: a statement begins in column 0,
// a member in column 4, the documentation stands directly before it. So a few patterns read them.
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const dist = path.join(root, 'dist');
const target = path.join(root, 'docs/api.md');

/** Splits declarations that are indented by `indent` spaces into `{ doc, code }`. */
function split(text, indent) {
  const margin = ' '.repeat(indent);
  const found = [];
  let [doc, code] = ['', ''];
  for (const line of text.split('\n')) {
    if (doc !== '' && !doc.endsWith('*/')) doc += `\n${line.trim()}`;
    else if (code === '' && line.startsWith(`${margin}/**`)) doc = line.trim();
    else if (code !== '' || (line.startsWith(margin) && /\S/.test(line[indent] ?? ''))) code += `${line.slice(indent)}\n`;
    const depth = (code.match(/[{([]/g) ?? []).length - (code.match(/[})\]]/g) ?? []).length;
    if (code === '' || depth > 0 || !/[;}]\s*$/.test(code)) continue;
    found.push({ doc, code: code.trim() });
    [doc, code] = ['', ''];
  }
  return found;
}

/** The statements of a file, which is named as imports name it. */
function read(file) {
  const name = [`${file}.d.ts`, `${file}/index.d.ts`].find((candidate) => fs.existsSync(candidate));
  return split(fs.readFileSync(name, 'utf8'), 0);
}

/** The names that a file exports (`word` is `export`) or imports from others: `{ name, original, file }`. */
const namesFrom = (statements, file, word) =>
  statements.flatMap(({ code }) => {
    const match = code.match(new RegExp(`^${word} (?:type )?\\{([^}]*)\\} from '(\\.[^']*)'`));
    if (!match) return [];
    const entries = match[1].replace(/\btype /g, '').match(/\w+( as \w+)?/g);
    return entries.map((entry) => {
      const [original, name = original] = entry.split(' as ');
      return { name, original, file: path.join(path.dirname(file), match[2]) };
    });
  });

const declares = (name) => new RegExp(`^export (?:declare )?(?:abstract )?(class|interface|type|function|const) ${name}\\b`);

/** The union of the strings of a constant list. */
const union = (list, statements) =>
  statements
    .find(({ code }) => code.startsWith(`export declare const ${list}: readonly [`))
    .code.match(/'\w+'/g)
    .join(' | ');

/** The rows of a constant table; undefined if there is none of that name. */
function rowsOf(table, statements) {
  const found = statements.find(({ code }) => code.startsWith(`declare const ${table}: {`));
  return found && members(found.code);
}

/** A type with the names of a constant table's rows in the place of `keyof typeof`. */
const withNames = (type, statements) =>
  type.replace(
    /keyof typeof (\w+)/g,
    (given, table) =>
      rowsOf(table, statements)
        ?.map(({ name }) => `'${name}'`)
        .join(' | ') ?? given,
  );

/** The statements that declare a name, wherever the file has it from. An alias of one other declaration is followed to it. */
function find(name, file) {
  const statements = read(file);
  const from = namesFrom(statements, file, 'export').find((entry) => entry.name === name);
  if (from) return find(from.original, from.file);
  const own = statements.filter(({ code }) => declares(name).test(code));
  if (own.length === 0) throw new Error(`${file} does not declare ${name}`);
  const alias = own[0].code.match(/^export type \w+(?:<.*>)? = (\w+)<\w+>;$/)?.[1];
  const aliased = namesFrom(statements, file, 'import').find((entry) => entry.name === alias);
  if (aliased) return find(aliased.original, aliased.file);
  return own.map(({ doc, code }) => ({
    doc,
    statements,
    code: withNames(code, statements).replace(/\(typeof (\w+)\)\[number\]/g, (_, list) => union(list, statements)),
  }));
}

/** Documentation as Markdown: its text, and its tags as a list. */
function markdown(doc) {
  const text = doc.replace(/^\/\*\*\s*|\s*\*\/$/g, '').replace(/^\* ?/gm, '');
  const [body, ...tags] = text.split(/^@/m);
  const list = tags.map((tag) => {
    const [, kind, rest] = tag.match(/^(\w+) ?([\s\S]*)$/);
    const words = rest.trim().replace(/\s*\n\s*/g, ' ');
    if (kind === 'param') return words.replace(/^(\w+) (.*)$/, '- `$1`: $2');
    return `- ${kind === 'returns' ? 'Returns' : 'Throws'} ${words}`;
  });
  return [body.trim(), list.join('\n')].filter((part) => part !== '').join('\n\n');
}

const fence = (code) => `\`\`\`ts\n${code}\n\`\`\``;
const cell = (text) => text.replace(/\s*\n\s*/g, ' ').replaceAll('|', '\\|');

/** The members of a class or interface, its overloads together; accessors are properties. */
function members(code) {
  const byName = new Map();
  const inner = code.slice(code.indexOf('{\n') + 2, code.lastIndexOf('}'));
  for (const { doc, code: member } of split(inner, 4)) {
    if (member.startsWith('#') || /@internal/.test(doc)) continue;
    const setter = /^set (\w+)/.exec(member);
    const signature = member
      .replace(/^get (\w+)\(\)/, 'readonly $1')
      .replace(/;$/, '')
      .replace(/\s*\n\s*/g, ' ');
    const name = setter?.[1] ?? /^(?:static |readonly )*(new|\w+|\[[^\]]+\])/.exec(signature)[1];
    const known = byName.get(name);
    if (setter) known.signatures[0] = known.signatures[0].replace(/^readonly /, '');
    else if (known) known.signatures.push(signature);
    else byName.set(name, { name, doc, signatures: [signature] });
  }
  return [...byName.values()];
}

const isMethod = ({ signatures }) => /^(static )?(new |\w+|\[[\w.]+\])(<[^(]*>)?\(/.test(signatures[0]);

function properties(list) {
  if (list.length === 0) return [];
  const rows = list.map(({ signatures: [signature], doc }) => {
    const [, left, type] = signature.match(/^((?:static |readonly )*(?:\w+|\[[^\]]+\])\??): ([\s\S]*)$/);
    return `| \`${left}\` | \`${cell(type)}\` | ${cell(markdown(doc))} |`;
  });
  return [['| property | type | |', '| --- | --- | --- |', ...rows].join('\n')];
}

/** The part of a declaration before its members, and the name of its base. */
function header(code) {
  const head = code.slice(0, code.indexOf(' {\n')).replace(/^export (declare )?/, '');
  return { head, base: head.match(/ extends (\w+(?:<'\w+'>)?)$/)?.[1] };
}

/** The members of a base that its file does not export: they are listed with those of the interfaces that extend it. */
function inherited(base, statements) {
  const optimizer = base?.match(/^SettingsOf<'(\w+)'>$/)?.[1];
  if (optimizer) return settingsOf(optimizer, statements);
  const found = statements.find(({ code }) => new RegExp(`^interface ${base}\\b`).test(code));
  return found && [...(inherited(header(found.code).base, statements) ?? []), ...members(found.code)];
}

/** The settings of an optimizer: the rows of the table in lib/options/optimizer.ts that have a default for it. */
function settingsOf(optimizer, statements) {
  const types = members(statements.find(({ code }) => code.startsWith('interface ValueOf')).code);
  const rows = rowsOf('settings', statements).filter(({ signatures: [row] }) => row.includes(`readonly ${optimizer}: `));
  return rows.map(({ name, doc, signatures: [row] }) => {
    const [, kind] = row.match(/readonly kind: '(\w+)'/);
    const [, type] = types.find((value) => value.name === kind).signatures[0].split(': ');
    return { name, doc, signatures: [`${name}?: ${type}`] };
  });
}

/** One name that a file exports. */
function section(name, index) {
  const [{ doc, code, statements }] = find(name, index);
  const kind = code.match(/^export (?:declare )?(\w+)/)[1];
  const parts = [`### ${name}`];
  if (kind !== 'class' && kind !== 'interface') parts.push(fence(code.replace(/^export (declare )?/, '')), markdown(doc));
  else {
    const { head, base } = header(code);
    const more = inherited(base, statements);
    if (!more && head !== `${kind} ${name}`) parts.push(fence(head));
    const all = [...(more ?? []), ...members(code)];
    const methods = all
      .filter(isMethod)
      .flatMap((member) => [`#### ${name}: ${member.name}`, fence(member.signatures.join('\n')), markdown(member.doc)]);
    parts.push(markdown(doc), ...properties(all.filter((member) => !isMethod(member))), ...methods);
  }
  return { name, kind, text: parts.filter((part) => part !== '').join('\n\n') };
}

/** The names that an entry of the package exports, in groups: `[title, sections]`. */
function groupsOf(entry) {
  const index = path.join(dist, entry);
  const sections = namesFrom(read(index), index, 'export')
    .map(({ name }) => section(name, index))
    .sort((a, b) => (a.name === 'NeuralNetwork' ? -1 : b.name === 'NeuralNetwork' ? 1 : a.name < b.name ? -1 : 1));
  return [
    ['Classes', ({ kind }) => kind === 'class'],
    ['Functions', ({ kind }) => kind === 'function'],
    ['Types', ({ kind }) => kind !== 'class' && kind !== 'function'],
  ].map(([title, belongs]) => [title, sections.filter(belongs)]);
}

const contents = (groups) =>
  groups.map(([title, list]) => `- ${title}: ${list.map(({ name }) => `[\`${name}\`](#${name.toLowerCase()})`).join(', ')}`).join('\n');
const bodies = (groups, prefix = '') => groups.flatMap(([title, list]) => [`## ${prefix}${title}`, ...list.map(({ text }) => text)]);

/** The whole document. */
function render() {
  const [library, tabular, mpi] = [groupsOf('index'), groupsOf('tabular/index'), groupsOf('mpi/index')];
  return [
    '# API',
    "All names that `import 'chainrule'` exports; `chainrule/wasm` exports the same ones. `npm run api` writes this file from the types in lib/.",
    contents(library),
    "The names that `import 'chainrule/tabular'` exports:",
    contents(tabular),
    "The names that `import 'chainrule/mpi'` exports:",
    contents(mpi),
    ...bodies(library),
    ...bodies(tabular, 'chainrule/tabular: '),
    ...bodies(mpi, 'chainrule/mpi: '),
  ]
    .join('\n\n')
    .concat('\n');
}

module.exports = { render, target };

if (require.main === module) fs.writeFileSync(target, render());
