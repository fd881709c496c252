import { expect, test } from 'vitest';
import { penguins, UserFolder } from '../support/command-line';

/*
 * Tables as people have them, and what they see of them.
 */

const user = new UserFolder();
const quick = '--recipe fast --epochs 2';
const rows = (count: number, row: (index: number) => string) => `${Array.from({ length: count }, (_, index) => row(index)).join('\n')}\n`;
/** Numbers that look random. */
const noise = (index: number) => ((index * 7919) % 101) / 10;

test('penguins: missing cells and text labels', () => {
  user.write('penguins.csv', penguins());
  const trained = user.run(`train penguins.csv --target species ${quick}`);
  expect(trained.status, trained.stderr).toBe(0);
  user.write('new.csv', 'sex,bill_depth_mm,bill_length_mm,island\nMALE,18.7,NA,Torgersen\n,16.2,51.2,Biscoe\n');
  const { stdout, stderr } = user.run('predict penguins.chainrule new.csv --keep bill_length_mm,island');
  expect([stderr, stdout.split('\n')]).toEqual([
    '',
    ['bill_length_mm,island,predicted_species', expect.stringMatching(/^,Torgersen,\w+$/), expect.stringMatching(/^51\.2,Biscoe,\w+$/), ''],
  ]);
  user.write('bad.csv', 'sex,bill_depth_mm,bill_length_mm,island\nMALE,18.7,39,Torgersen\nMALE,deep,39,Torgersen\n');
  expect(user.run('predict penguins.chainrule bad.csv')).toEqual({
    status: 2,
    stdout: '',
    stderr: 'chainrule: bad.csv: line 3, column "bill_depth_mm": "deep" is not a number\n',
  });
});

test('titanic: a column that gives the target away, a nearly empty one, and one of names', () => {
  const text = rows(200, (i) => {
    const survived = noise(i) > 6 ? 1 : 0;
    return `${survived},${(i % 3) + 1},"Passenger ${i}, Mr.",${i % 5 === 0 ? '' : 20 + noise(i)},${i % 90 === 0 ? 'C85' : ''},${survived ? 'yes' : 'no'}`;
  });
  user.write('titanic.csv', `survived,pclass,name,age,cabin,alive\n${text}`);
  const { status, stdout, stderr } = user.run('check titanic.csv --target survived');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^target +survived: 2 classes \(0, 1\), as "survived" has two numbers; otherwise: --task regression$/m);
  expect(stdout).toMatch(/^missing +cabin 197, age 40; more texts that mean missing: --missing$/m);
  expect(stdout).toMatch(/^not used +name: a distinct text in each row/m);
  expect(stdout).toMatch(/"alive" alone tells "survived" nearly perfectly \(100\.0 %\): leave it out \(--drop "alive"\)/);
  expect(stdout).toMatch(/^next +chainrule train titanic\.csv --target survived$/m);
});

test('adult: spaces after commas, "?", and labels that differ by a full stop between train and test', () => {
  const lines = (end: string) =>
    `age,work,income\n${rows(80, (i) => `${20 + (i % 50)}, ${i % 9 === 4 ? '?' : i % 2 ? 'Private' : 'State-gov'}, ${noise(i) > 5 ? '>' : '<='}50K${end}`)}`;
  user.write('train.csv', lines(''));
  user.write('test.csv', lines('.'));
  const { status, stdout } = user.run(`train train.csv --target income ${quick}`);
  expect(status).toBe(0);
  expect(stdout).toMatch(/income: 2 classes \(<=50K, >50K\)/);
  expect(stdout).toMatch(/^missing +work 9;/m);
  const other = user.run('evaluate train.chainrule test.csv');
  expect([other.status, other.stdout]).toEqual([2, '']);
  expect(other.stderr).toBe(
    'chainrule: the column "income" has "<=50K.", ">50K." in 80 rows, where training had the classes "<=50K", ">50K"; ' +
      'they differ by punctuation, spaces or case alone\n',
  );
  expect(user.run(`train train.csv --target income ${quick} --test test.csv`).stderr).toContain('"<=50K.", ">50K." in 80 rows');
});

test('a semicolon CSV with decimal commas', () => {
  user.write('preise.csv', `fläche;zimmer;preis\r\n${rows(60, (i) => `${50 + i},5;${(i % 4) + 1};${100 + 3 * i},25\r`)}`);
  const unasked = user.run('check preise.csv --target preis');
  expect(unasked.stdout + unasked.stderr).toContain('--decimal ,');
  const { status, stdout, stderr } = user.run(`train preise.csv --target preis --decimal , ${quick}`);
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(/^data +preise\.csv: 60 rows, 3 columns \(CSV: ";", a header\)$/m);
  expect(stdout).toMatch(/^target +preis: a number, 100\.3 to 277\.3/m);
  user.write('neu.csv', 'zimmer;fläche\n2;71,5\n');
  const predicted = user.run('predict preise.chainrule neu.csv --decimal ,').stdout;
  expect(predicted).toMatch(/^predicted_preis\n\d+(\.\d+)?\n$/);
  expect(user.run('predict preise.chainrule neu.csv').stdout, 'cells are read as in training').toBe(predicted);
  user.write('new.csv', 'zimmer,fläche\n2,71.5\n');
  expect(user.run('predict preise.chainrule new.csv').stderr).toBe(
    'chainrule: new.csv: line 2, column "fläche": "71.5" is not a number; cells are read as in training, with --decimal ,\n',
  );
  expect(user.run('predict preise.chainrule new.csv --decimal .').stdout).toBe(predicted);
});

test('one column', () => {
  user.write('one.csv', `x\n${rows(30, String)}`);
  expect(user.run('train one.csv --target x')).toEqual({
    status: 2,
    stdout: '',
    stderr: 'chainrule: the table has no column to predict "x" from\n',
  });
});

test('100,000 columns', () => {
  const width = 100_000;
  const line = (cell: (column: number) => string) => Array.from({ length: width }, (_, column) => cell(column)).join(',');
  user.write(
    'wide.csv',
    `${line((column) => `c${column}`)}\n${rows(12, (row) => line((column) => String((row * 31 + column * 17) % 13)))}`,
  );
  const { status, stdout, stderr } = user.run('check wide.csv --target c0');
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(/^data +wide\.csv: 12 rows, 100,000 columns/m);
  expect(stdout).toMatch(/99,9\d\d numbers \(c1, c2, c3, c4, c5, c6 and 99,9\d\d more\)/);
  expect(stdout.length, 'a screen, not a flood').toBeLessThan(20_000);
});

test('two rows', () => {
  user.write('two.csv', 'x,y\n1,a\n2,b\n');
  const { status, stdout, stderr } = user.run(`train two.csv --target y ${quick}`);
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(/^warnings +there are 2 rows/m);
  expect(user.run('predict two.chainrule two.csv').stdout.trim().split('\n')).toHaveLength(3);
});

test('a constant target', () => {
  user.write('constant.csv', `x,y\n${rows(40, (i) => `${noise(i)},same`)}`);
  const { status, stdout, stderr } = user.run(`train constant.csv --target y ${quick}`);
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(/"y" has the same value in all rows to train on: there is nothing to learn/);
  expect(stdout).toMatch(/^target +y: one class \(same\)/m);
});

test('a class of one row', () => {
  user.write('rare.csv', `x,y\n${rows(60, (i) => `${noise(i)},${i === 30 ? 'unicorn' : i % 2 ? 'horse' : 'cow'}`)}`);
  const { status, stdout, stderr } = user.run(`train rare.csv --target y ${quick}`);
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(/the class "unicorn" has one row, which is trained on and never tested/);
});

test('texts that a terminal would obey, wide ones, long ones, and names that objects have', () => {
  const [command, long] = ['\x1b]0;gotcha\x07', 'n'.repeat(300)];
  const names = `"col${command}",__proto__,constructor,toString,列,${long},y`;
  user.write(
    'names.csv',
    `${names}\n${rows(60, (i) => `${noise(i)},${i % 5},${i % 2 ? 'a' : 'b'},${i % 7},漢${i % 3},${noise(i + 9)},${noise(i) > 5 ? `k${command}` : '💥'}`)}`,
  );
  const runs = [
    user.run('check names.csv --target y'),
    user.run(`train names.csv --target y ${quick} --columns __proto__=category`),
    user.run('evaluate names.chainrule names.csv'),
    user.run('inspect names.chainrule'),
    user.run('export names.chainrule --to onnx'),
    user.run(`check names.csv --target z${command}`),
  ];
  for (const { stdout, stderr } of runs) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what the test is about
    expect(stdout + stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    expect(Math.max(...stdout.split('\n').map((line) => line.length)), 'a name of 300 characters does not flood the screen').toBeLessThan(
      200,
    );
  }
  expect(runs.map(({ status }) => status)).toEqual([0, 0, 0, 0, 0, 2]);
  expect(runs[0]?.stdout).toMatch(/^__proto__ {2,}number/m);
  const record = JSON.parse(`{"col\\u001b]0;gotcha\\u0007":1,"__proto__":"3","constructor":"a","toString":2,"列":"漢1","${long}":1}`);
  const { stdout } = user.run('predict names.chainrule - --format ndjson --keep all', `${JSON.stringify(record)}\n`);
  expect(JSON.parse(stdout).record).toEqual({ ...record, [`col${command}`]: '1', toString: '2', [long]: '1' });
});
