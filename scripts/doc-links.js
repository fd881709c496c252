// The documentation points at lines of the source: [`text of the line`](path#L12). This keeps such links true.
//
//   node scripts/doc-links.js           says which links are wrong (test/house/docs.test.ts asks the same)
//   node scripts/doc-links.js --write   looks the texts up, and corrects the line numbers
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'native/README.md',
  ...fs.readdirSync(path.join(root, 'docs')).map((name) => `docs/${name}`),
];

/** A link to a file of the repository: its label, its path, and the line's number if it names one. */
const link = /\[((?:`[^`]*`|[^`\]])+)\]\((?!https?:|#)([^)#\s]+)(?:#L(\d+))?\)/g;

/** The line that a label quotes: without the backticks. */
const quoted = (label) => label.replaceAll('`', '').trim();

/** The problems of a document's links, and its text with the line numbers corrected. */
function check(document) {
  const problems = [];
  let anchors = 0;
  const text = fs.readFileSync(path.join(root, document), 'utf8');
  const corrected = text.replace(link, (whole, label, target, line) => {
    const file = path.join(root, path.dirname(document), target);
    if (!fs.existsSync(file)) {
      problems.push(`${document}: ${target} does not exist`);
      return whole;
    }
    if (line === undefined) return whole;
    anchors++;
    const lines = fs.readFileSync(file, 'utf8').split('\n');
    if (lines[line - 1]?.includes(quoted(label))) return whole;
    const found = lines.findIndex((candidate) => candidate.includes(quoted(label))) + 1;
    problems.push(`${document}: "${quoted(label)}" is ${found > 0 ? `in line ${found}` : 'nowhere'} in ${target}, not in line ${line}`);
    return found > 0 ? whole.replace(/#L\d+\)$/, `#L${found})`) : whole;
  });
  if (anchors !== (text.match(/#L\d+\)/g) ?? []).length)
    problems.push(`${document}: a link to a line is not written as this script reads it`);
  return { problems, text, corrected };
}

/** The problems of all documents' links. */
function findProblems() {
  return documents.flatMap((document) => check(document).problems);
}

module.exports = { documents, findProblems };

if (require.main === module) {
  if (process.argv[2] === '--write') {
    for (const document of documents) {
      const { text, corrected } = check(document);
      if (corrected !== text) fs.writeFileSync(path.join(root, document), corrected);
    }
  }
  const problems = findProblems();
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
