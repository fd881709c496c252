import { ChainruleError } from '../errors';
import type { NeuralNetwork } from '../index';
import { type Check, elements, integer, number, object, oneOf } from '../options/check';
import type { CategoryForm, CategoryState } from './category-feature';
import { type DatePart, dateParts } from './date-feature';
import { type DroppedColumn, Encoder, type Feature } from './encoder';
import { areQuantiles, type Quantiles } from './position';
import type { TabularReport } from './report';
import { checkReport } from './report-check';
import type { Scaling } from './scaling';
import { outputsOf, type Target } from './target';
import type { ModelParts } from './train';

/*
 * The content of a model's file besides its network. Its reader trusts nothing.
 */

interface Document {
  features: readonly Feature[];
  target: Target;
  dropped: readonly DroppedColumn[];
  report: TabularReport;
}

/** As plain JSON, held to the same rules as what is read: the bytes of a model that was loaded are those of its file. */
export function documentOf({ encoder, target, dropped, report }: ModelParts): Document {
  return checkDocument({ features: encoder.features, target, dropped, report });
}

function checkDocument({ features, target, dropped, report }: Partial<Record<keyof Document, unknown>>): Document {
  const checked = elements(features, 'features', 'an array', checkFeature);
  checkDistinct(checked.map((feature) => feature.name));
  return {
    features: checked,
    target: checkTarget(target, 'target'),
    dropped: elements(dropped, 'dropped', 'an array', checkDropped),
    report: checkReport(report, 'report'),
  };
}

/** A file that is damaged or something else. */
export function damaged(name: string, problem: string, cause?: unknown): ChainruleError {
  return new ChainruleError('ERR_CHAINRULE_FORMAT', `${name} ${problem}`, cause === undefined ? undefined : { cause });
}

/** Checks a document, and that the network is one for it. */
export function readDocument(value: object, network: NeuralNetwork, name: string): Omit<ModelParts, 'network'> {
  try {
    const { features, ...rest } = checkDocument(value);
    const encoder = new Encoder(features);
    checkNetwork(network, encoder, rest.target);
    return { encoder, ...rest };
  } catch (error) {
    throw damaged(name, `is damaged: ${(error as Error).message}`, error);
  }
}

const text: Check<string> = (value, name) => {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a text`);
  return value;
};
const finite = number();
const count = integer({ min: 0 });

const checkScaling: Check<Scaling> = (value, name) => {
  const pair = elements(value, name, 'two numbers', finite);
  if (pair.length !== 2) throw new RangeError(`${name} must be two numbers`);
  return pair as unknown as Scaling;
};

const types = oneOf(['number', 'date', 'category', 'boolean']);

const checkFeature: Check<Feature> = (value, name) => {
  const given = object(value, name);
  const type = types(given.type, `${name}.type`);
  const scalings = elements(given.scalings, `${name}.scalings`, 'an array', checkScaling);
  const missing = count(given.missing, `${name}.missing`);
  const common = { name: text(given.name, `${name}.name`), missing, scalings };
  const mark = missing > 0 ? 1 : 0;
  const expect = (wanted: number): void => {
    if (scalings.length !== wanted) throw new RangeError(`${name}.scalings must have ${wanted} elements`);
  };
  if (type === 'category' || type === 'boolean') {
    const state: CategoryState = { ...common, type, ...checkCategories(given, name) };
    expect({ signs: 1, oneHot: state.categories.length, embedding: 0 }[state.form]);
    return state;
  }
  const range = { min: finite(given.min, `${name}.min`), max: finite(given.max, `${name}.max`) };
  if (type === 'number') {
    expect(1 + mark);
    return { ...common, type, ...range, mean: finite(given.mean, `${name}.mean`), ...checkQuantiles(given.quantiles, `${name}.quantiles`) };
  }
  const parts = elements<DatePart>(given.parts, `${name}.parts`, 'an array', oneOf(dateParts));
  const means = elements(given.means, `${name}.means`, 'an array', finite);
  expect(parts.length + mark);
  if (means.length !== parts.length) throw new RangeError(`${name}.means must have ${parts.length} elements`);
  return { ...common, type, ...range, parts, means };
};

function checkQuantiles(value: unknown, name: string): { quantiles?: Quantiles } {
  if (value === undefined) return {};
  const quantiles = elements(value, name, 'an array', finite);
  if (!areQuantiles(quantiles)) throw new RangeError(`${name} must be quantiles in ascending order`);
  return { quantiles };
}

function checkCategories(given: Record<string, unknown>, name: string): Pick<CategoryState, 'categories' | 'form'> {
  const form = oneOf<CategoryForm>(['signs', 'oneHot', 'embedding'])(given.form, `${name}.form`);
  const categories = elements(given.categories, `${name}.categories`, 'an array', text);
  checkDistinct(categories);
  if (categories.length === 0 || (form === 'signs' && categories.length !== 2)) throw new RangeError(`${name} has too few categories`);
  return { categories, form };
}

function checkDistinct(names: readonly string[]): void {
  if (new Set(names).size !== names.length) throw new RangeError('a name occurs twice');
}

const checkTarget: Check<Target> = (value, name) => {
  const given = object(value, name);
  const kind = oneOf(['regression', 'classes'])(given.kind, `${name}.kind`);
  const common = { name: text(given.name, `${name}.name`) };
  if (kind === 'classes') {
    const classes = elements(given.classes, `${name}.classes`, 'an array', text);
    checkDistinct(classes);
    if (classes.length === 0) throw new RangeError(`${name} has no classes`);
    return {
      kind,
      ...common,
      classes,
      ...(given.counts !== undefined && { counts: checkCounts(given.counts, `${name}.counts`, classes.length) }),
    };
  }
  const [mean, deviation, min, max] = ['mean', 'deviation', 'min', 'max'].map((key) => finite(given[key], `${name}.${key}`)) as [
    number,
    number,
    number,
    number,
  ];
  return { kind, ...common, mean, deviation, min, max };
};

function checkCounts(value: unknown, name: string, classes: number): number[] {
  const counts = elements(value, name, 'an array', count);
  if (counts.length !== classes || counts.every((rows) => rows === 0)) throw new RangeError(`${name} must have the rows of each class`);
  return counts;
}

const checkDropped: Check<DroppedColumn> = (value, name) => {
  const { column, why } = object(value, name);
  return { column: text(column, `${name}.column`), why: text(why, `${name}.why`) };
};

function checkNetwork(network: NeuralNetwork, encoder: Encoder, target: Target): void {
  const { numbers, tables } = encoder;
  // Numbers come first, in one input or in several.
  const wanted = [...Array.from({ length: numbers }, () => undefined), ...tables.map(({ categories }) => categories)];
  const found = network.inputs.flatMap(({ columns, options }) => {
    const { categories } = options as { categories?: number };
    return Array.from({ length: columns }, () => categories);
  });
  const isEqual = found.length === wanted.length && found.every((categories, at) => categories === wanted[at]);
  if (!isEqual) throw new RangeError('the network does not have the inputs that the encoder gives');
  if (network.outputSize !== outputsOf(target)) throw new RangeError(`the network must have ${outputsOf(target)} outputs for the target`);
}
