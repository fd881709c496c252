// Reads a CSV file into typed columns: { kind: 'csv', parser: 'ours' | 'udsv' | 'papaparse' | 'csv-parse', way, rows, columns, seconds }.
// All of them end in the same: a Float64Array of each column of numbers; the codes of each column of texts, with the list of texts.
// Ours also finds out the types, and looks for missing values and bad cells. Peers are told which columns have numbers.
import { readFileSync } from 'node:fs';
import { cellOf, isNumeric, tableFile } from './csv-table.mjs';
import { main, measure } from './measure.mjs';
import { load, version } from './peers.mjs';

const { readTable } = await import('../../dist/tabular/index.js');

/** Builds the columns row by row. */
class Columns {
  #row = 0;
  #cells;

  constructor(rows, columns) {
    this.#cells = Array.from({ length: columns }, (_, column) => {
      if (isNumeric(column)) return { values: new Float64Array(rows) };
      return { codes: new Int32Array(rows), known: new Map() };
    });
  }

  /** Adds a row of texts. */
  add(row) {
    const at = this.#row++;
    for (let column = 0; column < row.length; column++) {
      const { values, codes, known } = this.#cells[column];
      if (values !== undefined) values[at] = Number(row[column]);
      else codes[at] = codeOf(known, row[column]);
    }
  }

  get all() {
    return this.#cells.map(({ values, codes, known }) => ({ values, codes, categories: known && [...known.keys()] }));
  }
}

function codeOf(known, text) {
  const code = known.get(text);
  if (code !== undefined) return code;
  known.set(text, known.size);
  return known.size - 1;
}

/** The columns of rows that are all in memory. */
function fromRows(rows, columns, first = 0) {
  const count = rows.length - first;
  return Array.from({ length: columns }, (_, column) => {
    if (isNumeric(column)) {
      const values = new Float64Array(count);
      for (let row = 0; row < count; row++) values[row] = Number(rows[first + row][column]);
      return { values };
    }
    const [codes, known] = [new Int32Array(count), new Map()];
    for (let row = 0; row < count; row++) codes[row] = codeOf(known, rows[first + row][column]);
    return { codes, categories: [...known.keys()] };
  });
}

function fromColumns(cells) {
  return cells.map((texts, column) => {
    if (isNumeric(column)) return { values: Float64Array.from(texts) };
    const [codes, known] = [new Int32Array(texts.length), new Map()];
    for (let row = 0; row < texts.length; row++) codes[row] = codeOf(known, texts[row]);
    return { codes, categories: [...known.keys()] };
  });
}

/** Each parser at the settings that suit this file, in the ways that might be the fastest. */
const parsers = {
  ours: {
    default: async (file) => (await readTable(file)).columns,
  },
  udsv: (() => {
    const parse = (file, method) => {
      const { inferSchema, initParser } = load('udsv');
      const text = readFileSync(file, 'utf8');
      return initParser(inferSchema(text, { col: ',', row: '\n', encl: '' }))[method](text);
    };
    return {
      typedCols: (file) => fromColumns(parse(file, 'typedCols')),
      stringArrs: (file, { columns }) => fromRows(parse(file, 'stringArrs'), columns),
    };
  })(),
  papaparse: (() => {
    const parse = (file, settings) =>
      load('papaparse').parse(readFileSync(file, 'utf8').trimEnd(), { delimiter: ',', newline: '\n', fastMode: true, ...settings });
    return {
      whole: (file, { columns }) => fromRows(parse(file).data, columns, 1),
      chunks: (file, { rows, columns }) => {
        const typed = new Columns(rows, columns);
        let isFirst = true;
        const chunk = ({ data }) => {
          for (const row of isFirst ? data.slice(1) : data) typed.add(row);
          isFirst = false;
        };
        parse(file, { chunk, chunkSize: 1 << 20 });
        return typed.all;
      },
    };
  })(),
  'csv-parse': (() => {
    const parse = (file, settings) =>
      load('csv-parse/sync').parse(readFileSync(file), { delimiter: ',', record_delimiter: '\n', quote: false, from: 2, ...settings });
    return {
      whole: (file, { columns }) => fromRows(parse(file), columns),
      on_record: (file, { rows, columns }) => {
        const typed = new Columns(rows, columns);
        parse(file, { on_record: (record) => typed.add(record) ?? null });
        return typed.all;
      },
    };
  })(),
};

/** Every parser must end in the same. */
function check(found, { rows, columns, parser }) {
  for (const row of [0, 1, rows >> 1, rows - 1]) {
    for (let column = 0; column < columns; column++) {
      const { values, codes, categories } = found[column];
      const cell = values?.[row] ?? categories[codes[row]];
      if (String(cell) !== cellOf(row, column)) throw new Error(`${parser}: row ${row}, column ${column} is ${cell}`);
    }
  }
  if (found.some(({ values, codes }) => (values ?? codes).length !== rows)) throw new Error(`${parser} read another number of rows`);
}

async function csv(spec) {
  const { parser, way, seconds } = spec;
  const file = tableFile(spec);
  const read = async () => parsers[parser][way](file, spec);
  check(await read(), spec);
  return { ...(await measure(read, seconds)), ...(parser !== 'ours' && { version: version(parser) }) };
}

await main({ csv });
