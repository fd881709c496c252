// A bare node:http server of a tabular model, with nothing but what an answer needs: node bare.mjs model.safetensors nothing|predict
// "nothing" reads the record and answers with the same prediction each time: what HTTP and JSON take alone. It prints its address.
import { createServer } from 'node:http';
import { TabularModel } from '../../dist/tabular/index.js';

const [, , file, how] = process.argv;
const model = await TabularModel.load(file);
let constant;
const predict = how === 'predict' ? (record) => model.predict(record) : (record) => (constant ??= model.predict(record));

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(predict(JSON.parse(body))));
  });
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
