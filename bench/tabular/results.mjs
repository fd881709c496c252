// Means and spreads of what was measured, as a table.

/** Collects results: a list for each table and model. */
export function results() {
  const lists = new Map();
  return {
    add(set, model, result) {
      const key = `${set.name} ${model}`;
      if (!lists.has(key)) lists.set(key, { set, model, all: [] });
      lists.get(key).all.push(result);
    },
    lists: () => [...lists.values()],
  };
}

const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

function deviation(numbers) {
  const center = mean(numbers);
  return Math.sqrt(numbers.reduce((sum, number) => sum + (number - center) ** 2, 0) / Math.max(1, numbers.length - 1));
}

/** The rows of the table in docs/results.md. */
export function linesOf(all) {
  const rows = all.lists().map(({ set, model, all: measured }) => {
    const scores = measured.map(({ score }) => score);
    const digits = set.task === 'regression' ? 0 : 4;
    const figure = `${mean(scores).toFixed(digits)} ± ${deviation(scores).toFixed(digits)}`;
    const [seconds, cpu] = ['seconds', 'cpu'].map((key) => mean(measured.map((one) => one[key])).toFixed(2));
    return `| ${set.name} | ${set.task === 'regression' ? 'rmse' : 'accuracy'} | ${model} | ${figure} | ${cpu} | ${seconds} | ${measured.length} |`;
  });
  return ['| table | metric | model | score | CPU s | s | seeds |', '| --- | --- | --- | --- | --- | --- | --- |', ...rows];
}
