// The load generator: node load.mjs '{"url": …, "inputs": 64, "connections": 64, "duration": 5}' posts one row, or with "json" that value,
// over and over and prints what autocannon measured.
import { values } from '../drivers/data.mjs';
import { load } from '../drivers/peers.mjs';

const { inputs, json, ...settings } = JSON.parse(process.argv[2]);
const body = json === undefined ? Buffer.from(values(inputs).buffer) : JSON.stringify(json);
const headers = json === undefined ? {} : { 'content-type': 'application/json' };
const { requests, latency, errors, non2xx } = await load('autocannon')({ ...settings, method: 'POST', body, headers });
console.log(JSON.stringify({ errors: errors + non2xx, perSecond: requests.average, p50: latency.p50, p99: latency.p99 }));
