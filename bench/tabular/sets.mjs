// The public tables. They are in mwaskom/seaborn-data, ageron/data and jbrownlee/Datasets on GitHub; scikit-learn has the digits.

/** `without`: a column that gives the target away. `script`: prints the table. */
export const sets = [
  { name: 'penguins', file: 'penguins.csv', target: 'species', task: 'classes' },
  { name: 'titanic', file: 'titanic.csv', target: 'survived', task: 'classes', without: ['alive'] },
  { name: 'digits', script: 'digits.py', target: 'digit', task: 'classes' },
  { name: 'california-housing', file: 'california-housing.csv', target: 'median_house_value', task: 'regression' },
  { name: 'adult', file: 'adult-train.csv', target: 'income', task: 'classes' },
  { name: 'diamonds', file: 'diamonds.csv', target: 'price', task: 'regression' },
];
