'use strict';
const { git, readJson } = require('./commands');

/** A release is a commit, under a name that nothing else has. */
module.exports = function checkGit(root) {
  const doubts = [];
  const changed = git(root, 'status', '--porcelain').split('\n').filter(Boolean);
  if (changed.length > 0) doubts.push(`the work tree is not clean; commit or remove ${changed.map((line) => line.slice(3)).join(', ')}`);
  const tag = `v${readJson(root, 'package.json').version}`;
  const exists = git(root, 'tag', '--list', tag).trim() !== '';
  if (exists && git(root, 'rev-parse', `${tag}^{commit}`) !== git(root, 'rev-parse', 'HEAD'))
    doubts.push(`the tag ${tag} is of another commit; choose another version (npm version), or check that commit out`);
  return doubts;
};
