'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { readJson } = require('./commands');

/** The newest heading is this version, with a date that has come, and something below it. */
module.exports = function changelog(root) {
  const { version } = readJson(root, 'package.json');
  const sections = fs.readFileSync(path.join(root, 'CHANGELOG.md'), 'utf8').split(/^## /m).slice(1);
  if (sections.length === 0) return ['CHANGELOG.md has no heading; write one, as in "## 1.2.3 (2030-01-31)"'];
  const [heading, ...lines] = sections[0].split('\n');
  const [, found, date] = /^(\S+) \((\d{4}-\d{2}-\d{2})\)\s*$/.exec(heading) ?? [];
  if (found === undefined) return [`CHANGELOG.md: the newest heading is "${heading}"; write "${version} (the day's date)"`];
  const doubts = [];
  if (found !== version)
    doubts.push(`CHANGELOG.md: the newest heading is of ${found}, package.json has ${version}; write what is new in ${version}`);
  if (Number.isNaN(Date.parse(date)) || Date.parse(date) > Date.now() + 24 * 3600e3)
    doubts.push(`CHANGELOG.md: ${date} is no day that has come; write the day's date`);
  if (!lines.some((line) => line.startsWith('- '))) doubts.push(`CHANGELOG.md: nothing below ${heading}; write what is new`);
  return doubts;
};
