// Uses every type that chainrule/tabular exports, as its name promises. test/house/types.test.ts compiles it against dist/.
import {
  type ArrowTable,
  type CategoryColumn,
  type ClassPrediction,
  type Column,
  type ColumnCommon,
  type ColumnType,
  type Confusion,
  type DateColumn,
  type DroppedColumn,
  type FeatureType,
  type Figure,
  type Figures,
  type Finding,
  type FindingCode,
  type Importance,
  type NumberColumn,
  type NumberPrediction,
  type RecipeName,
  type RecordLike,
  type Records,
  readTable,
  type Schema,
  type SchemaColumn,
  type SplitOptions,
  Table,
  type TableInput,
  type TableOptions,
  type TableRecord,
  type TableSchema,
  type TableSource,
  type TabularEvaluation,
  type TabularHistory,
  TabularModel,
  type TabularOnnxOptions,
  type TabularPrediction,
  type TabularProgress,
  type TabularReport,
  type Task,
  type TrainingPlan,
  type TrainOptions,
  type UnusedColumn,
  type ValueColumns,
  type WorstRow,
} from 'chainrule/tabular';

const type: ColumnType = 'category';
const options: TableOptions = { columns: { zip: type }, missing: ['x'], decimal: ',', header: ['a', 'b'] };
const alone: TableOptions = { ...options, missing: { only: ['NA'] } };
// @ts-expect-error: no type of a column
export const wrong: TableOptions = { columns: { zip: 'integer' } };
const inputs: TableInput[] = ['a.csv', { text: 'a\n1\n' }, { bytes: new Uint8Array(1), name: 'b' }];
const records: Records = [{ a: 1 }];
const columns: ValueColumns = { a: [1, 2], b: Float32Array.of(1, 2) };

export async function tables(arrow: ArrowTable): Promise<TableRecord[]> {
  const read = await Promise.all(inputs.map((input) => readTable(input, alone)));
  const all: Table[] = [...read, Table.from(records), Table.from(columns, options), Table.from(arrow)];
  const schema: TableSchema = Table.concat(...all).schema;
  const sources: TableSource[] = all.map(({ source }) => source);
  return [Table.from(records, { schema }).record(0), ...sources.map(({ format }) => ({ format, row: 1, at: new Date(0) }))];
}

/** Each type of column by its `type`. */
export function valuesOf(column: Column): ArrayLike<number> | readonly (string | null)[] | undefined {
  const { missing }: ColumnCommon = column;
  if (missing < 0) return undefined;
  if (column.type === 'number') return ((one: NumberColumn) => one.values)(column);
  if (column.type === 'date') return ((one: DateColumn) => one.values)(column);
  if ('codes' in column) return ((one: CategoryColumn) => one.codes)(column);
  return ((one: UnusedColumn) => one.texts ?? one.values)(column);
}

const onnx: TabularOnnxOptions = { opset: 18, outputPrefix: 'predicted_' };
const task: Task = 'regression';
const recipe: RecipeName = 'fast';
const split: SplitOptions = { group: 'household' };
const train: TrainOptions = {
  ...{ target: 'price', task, recipe, split },
  onEpoch: ({ epoch, loss, predict }: TabularProgress) => predict([{ a: 1 }]).length + epoch > loss,
  onPlan: ({ columns: planned, rows }: TrainingPlan) => planned.length < rows,
};

export async function models(table: Table): Promise<(string | number)[]> {
  const plan: TrainingPlan = await TabularModel.plan(table, train);
  const model = await TabularModel.train(table, train);
  const row: RecordLike = { a: 1, b: null };
  const prediction: TabularPrediction | TabularPrediction[] = model.predict(row);
  const one = (Array.isArray(prediction) ? prediction[0] : prediction) as TabularPrediction;
  const number: NumberPrediction | undefined = one.value === undefined ? undefined : one;
  const classes: ClassPrediction | undefined = one.value === undefined ? one : undefined;
  const { metrics, confusion, worst }: TabularEvaluation = await model.evaluate(table);
  const figures: Figures = metrics;
  const rmse: Figure | undefined = figures.rmse;
  const counts: Confusion | undefined = confusion;
  const rows: WorstRow[] = worst;
  const file: Uint8Array = model.toONNX(onnx);
  const schema: Schema = model.schema;
  const features: SchemaColumn[] = [...schema.columns, ...plan.columns];
  const types: FeatureType[] = features.map((feature) => feature.type);
  const dropped: DroppedColumn[] = schema.dropped;
  return [
    ...[number?.value ?? 0, classes?.label ?? '', rmse?.value ?? 0, counts?.labels.length ?? 0, file.length],
    ...[...rows.map(({ loss }) => loss), ...types, ...dropped.map(({ why }) => why), ...reported(model.report)],
  ];
}

function reported({ warnings, importance, history }: TabularReport): (string | number)[] {
  const found: readonly Finding[] = warnings;
  const codes: FindingCode[] = found.map(({ code }) => code);
  const columnsThatMatter: readonly Importance[] = importance ?? [];
  const course: TabularHistory = history;
  return [...codes, ...columnsThatMatter.map(({ drop }) => drop), ...course.loss];
}
