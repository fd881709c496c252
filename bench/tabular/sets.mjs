// The public tables. They are in mwaskom/seaborn-data, ageron/data and jbrownlee/Datasets on GitHub.

/** `without`: a column that gives the target away. */
export const sets = [
  { name: 'penguins', file: 'penguins.csv', target: 'species', task: 'classes' },
  { name: 'titanic', file: 'titanic.csv', target: 'survived', task: 'classes', without: ['alive'] },
  { name: 'california-housing', file: 'california-housing.csv', target: 'median_house_value', task: 'regression' },
  { name: 'adult', file: 'adult-train.csv', target: 'income', task: 'classes' },
  { name: 'diamonds', file: 'diamonds.csv', target: 'price', task: 'regression' },
];
