'use strict';
// The results of all runs of Vitest in `.ci/run`: each test that failed, with the beginning of its error, and the counts. They come from the
// reports build/vitest-<name>.json; a run that ended before it could write one is not in them.
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const folder = path.join(root, 'build');

const beginning = (message = '') => message.replace(/\s+/g, ' ').slice(0, 400);

let passed = 0;
let failed = 0;
for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
  if (!/^vitest-.*\.json$/.test(name)) continue;
  const report = JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'));
  passed += report.numPassedTests;
  // A failure outside of all tests, as an error that nobody caught, has no name.
  failed += report.numFailedTests || (report.success ? 0 : 1);
  for (const { name: file, message, assertionResults } of report.testResults) {
    const where = `failed: ${name}: ${path.relative(root, file)}`;
    if (message) console.log(`${where}: ${beginning(message)}`);
    for (const { status, fullName, failureMessages } of assertionResults)
      if (status === 'failed') console.log(`${where}: ${fullName}: ${beginning(failureMessages[0])}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
