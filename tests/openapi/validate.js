// SPDX-License-Identifier: MIT
//
// Ask a daemon for everything that its /openapi.json describes, well and
// badly, and hold each answer against it: the status and the type must be
// described, the body must fit its schema. Starts nothing itself:
//
//   node validate.js http://127.0.0.1:8080 [checks that failed before]
'use strict';
const fs = require('fs');
const path = require('path');
const Ajv = require('ajv/dist/2020').default;
const addFormats = require('ajv-formats').default;

const base = process.argv[2];
let passed = 0;
let failed = Number(process.argv[3] || 0);
if (failed === 0) passed++; // the linter

function check(claim, holds, found) {
  if (holds) {
    passed++;
    return;
  }
  failed++;
  console.log(`FAIL openapi: ${claim}${found === undefined ? '' : '\n  ' + found}`);
}

const csv = (name) => fs.readFileSync(
  path.join(__dirname, '..', 'data', name, 'train.csv'), 'utf8');
const CSV = { 'Content-Type': 'text/csv' };
const JSON_TYPE = { 'Content-Type': 'application/json' };
const BYTES = { 'Content-Type': 'application/octet-stream' };

// --- the document -----------------------------------------------------------

let document_;
let ajv;
const replied = new Map(); // operationId → the statuses that were seen

function resolve(node) {
  while (node && node.$ref)
    node = node.$ref.slice(2).split('/').reduce((at, key) => at[key], document_);
  return node;
}

const validators = new Map();
function validator(pointer) {
  if (!validators.has(pointer))
    validators.set(pointer, ajv.getSchema(`mlpd#${pointer}`));
  return validators.get(pointer);
}

const escape = (key) => encodeURIComponent(
  key.replace(/~/g, '~0').replace(/\//g, '~1'));

// Where the schema of an answer is, as a pointer.
function schemaPointer(template, method, status, type) {
  const response = document_.paths[template][method].responses[status];
  const at = response.$ref ? response.$ref.slice(1)
    : `/paths/${escape(template)}/${method}/responses/${status}`;
  return `${at}/content/${escape(type)}/schema`;
}

// --- asking -----------------------------------------------------------------

// The wished status, or a list of them; the answer's body comes back.
async function ask(method, template, options, wanted) {
  const { params = {}, query = '', headers = {}, body } = options;
  const operation = document_.paths[template]?.[method];
  const target = template.replace(/{(\w+)}/g, (_, name) => params[name]) + query;
  const what = `${method.toUpperCase()} ${target.slice(0, 100)}`;
  check(`${what} is described`, operation !== undefined);
  if (!operation) return null;
  const reply = await fetch(base + target, {
    method: method.toUpperCase(), headers, body, signal: AbortSignal.timeout(90000),
  });
  const bytes = Buffer.from(await reply.arrayBuffer());
  const seen = replied.get(operation.operationId) ?? new Set();
  replied.set(operation.operationId, seen.add(reply.status));
  check(`${what}: ${wanted}`, [wanted].flat().includes(reply.status),
    `${reply.status} ${bytes.toString().slice(0, 400)}`);
  return checkReply(what, template, method, reply, bytes);
}

function checkReply(what, template, method, reply, bytes) {
  const described = resolve(document_.paths[template][method].responses[reply.status]);
  check(`${what}: status ${reply.status} is described`, described !== undefined);
  if (!described) return null;
  for (const header of Object.keys(described.headers ?? {}))
    if (header !== 'Location' || reply.status === 201)
      check(`${what}: has ${header}`, reply.headers.has(header));
  const type = (reply.headers.get('Content-Type') ?? '').split(';')[0];
  if (!described.content) {
    check(`${what}: has no body`, bytes.length === 0, bytes.toString());
    return null;
  }
  check(`${what}: ${type} is described`, type in described.content);
  if (!(type in described.content)) return null;
  if (!/[/+]json$/.test(type)) return bytes;
  const json = JSON.parse(bytes.toString());
  const validate = validator(schemaPointer(template, method, reply.status, type));
  check(`${what}: the body of ${reply.status} fits`, validate(json),
    JSON.stringify(validate.errors?.slice(0, 4)));
  return json;
}

// --- what is asked ----------------------------------------------------------

const iris = { model: 'iris' };
const diabetes = { model: 'diabetes' };
const fast = '&epochs=5&hidden=8&wait=50';

async function train() {
  await ask('post', '/train', { query: `?model=iris&target=species${fast}`, headers: CSV, body: csv('iris') }, [200, 202]);
  await ask('post', '/train', { query: '?model=iris&target=species&quality=fast&wait=50&promote_alias=shadow', headers: CSV, body: csv('iris') }, [200, 202]);
  await ask('post', '/train', { query: `?model=diabetes&target=target${fast}`, headers: CSV, body: csv('diabetes') }, [200, 202]);
  await ask('post', '/train', { query: '?model=iris&target=species&dry_run=1', headers: CSV, body: csv('iris') }, 200);
  await ask('post', '/train', { query: '?model=diabetes&target=target&dry_run=1&validation_group=sex&optimizer=sgd', headers: CSV, body: csv('diabetes') }, 200);
  const labels = { model: 'tags', task: 'multilabel', target: ['a', 'b'],
    data: { columns: ['x', 'a', 'b'], rows: Array.from({ length: 40 }, (_, i) => [i, i > 20, i % 2 === 0]) },
    network: { layers: [{ units: 4, activation: 'tanh' }, { units: 3 }] },
    training: { epochs: 3, class_weight: null, validation: 0.25, early_stopping: true } };
  await ask('post', '/train', { query: '?wait=50', headers: JSON_TYPE, body: JSON.stringify(labels) }, [200, 202]);
  const values = { model: 'two', task: 'regression', target: ['a', 'b'], training: { epochs: 3 },
    data: { records: Array.from({ length: 60 }, (_, i) => ({ x: i, a: 2 * i, b: -i })) } };
  await ask('post', '/train', { query: '?wait=50', headers: { ...JSON_TYPE, 'Idempotency-Key': 'two' }, body: JSON.stringify(values) }, [200, 202]);
  await ask('post', '/train', { query: '?wait=50', headers: { ...JSON_TYPE, 'Idempotency-Key': 'two' }, body: JSON.stringify(values) }, 200);
  await ask('post', '/train', { headers: { ...JSON_TYPE, 'Idempotency-Key': 'two' }, body: JSON.stringify(labels) }, 409);
  await ask('post', '/train', { headers: JSON_TYPE, body: '{"model": 3}' }, 422);
  await ask('post', '/train', { headers: JSON_TYPE, body: '{"model"' }, 400);
  await ask('post', '/train', { headers: { 'Content-Type': 'image/png' }, body: 'x' }, 415);
  await ask('post', '/train', { headers: JSON_TYPE, body: '{"model":"m","dataset":"none","target":"y"}' }, [404, 422]);
}

async function jobs() {
  await ask('get', '/jobs', {}, 200);
  await ask('get', '/jobs', { query: '?state=succeeded&model=iris&limit=1' }, 200);
  await ask('get', '/jobs', { query: '?state=asleep' }, 422);
  await ask('get', '/jobs/{id}', { params: { id: 1 }, query: '?wait=1' }, 200);
  await ask('get', '/jobs/{id}', { params: { id: 999 } }, 404);
  await ask('get', '/jobs/{id}/history', { params: { id: 1 } }, 200);
  await ask('get', '/jobs/{id}/history', { params: { id: 999 } }, 404);
  const long = await ask('post', '/train', { query: '?model=long&target=species&epochs=100000&hidden=64,64&early_stopping=0', headers: CSV, body: csv('iris') }, 202);
  await ask('get', '/jobs/{id}', { params: { id: long.id } }, 200);
  await ask('delete', '/jobs/{id}', { params: { id: long.id } }, 409);
  await ask('post', '/jobs/{id}/cancel', { params: { id: long.id } }, 202);
  await ask('get', '/jobs/{id}', { params: { id: long.id }, query: '?wait=30' }, 200);
  await ask('post', '/jobs/{id}/cancel', { params: { id: 1 } }, 409);
  await ask('post', '/jobs/{id}/cancel', { params: { id: 999 } }, 404);
  await ask('delete', '/jobs/{id}', { params: { id: long.id } }, 204);
  await ask('delete', '/jobs/{id}', { params: { id: long.id } }, 404);
}

async function predict() {
  const post = (body, wanted) => ask('post', '/predict', { headers: JSON_TYPE, body: JSON.stringify(body) }, wanted);
  const row = { sepal_length: 5.1, sepal_width: 3.5, petal_length: 99, petal_width: null };
  await post({ model: 'iris', inputs: [[5.1, 3.5, 1.4, 0.2]], top: 2, explain: true }, 200);
  await post({ model: 'iris', version: 'latest', records: [row], warnings: true }, 200);
  await post({ model: 'iris', version: 1, records: [{ sepal_length: 5 }], missing_columns: 'missing', warnings: true }, 200);
  await post({ model: 'two', columns: ['x'], rows: [[3]], explain: true }, 200);
  await post({ model: 'tags', inputs: [[30], [3]], explain: true }, 200);
  await ask('post', '/predict', { query: '?model=diabetes&interval=0.8&warnings=1', headers: CSV, body: csv('diabetes') }, 200);
  await ask('post', '/predict', { query: '?model=iris', headers: { ...CSV, Accept: 'text/csv' }, body: csv('iris') }, 200);
  await post({ model: 'iris', inputs: [[1, 2]] }, 422);
  await post({ model: 'iris', inputs: [[1, 2, 3, 4]], interval: 0.5 }, 422);
  await post({ model: 'nobody', inputs: [[1]] }, 404);
  await post({ model: 'iris', inputs: [[1, 2, 3, 4]], also: 1 }, 422);
  await ask('post', '/predict', { headers: JSON_TYPE, body: 'nonsense' }, 400);
  await ask('post', '/predict', { headers: { 'Content-Type': 'image/png' }, body: 'x' }, 415);
}

async function evaluate() {
  for (const [template, params] of [['/models/{model}/evaluate', {}], ['/models/{model}/versions/{version}/evaluate', { version: 1 }]]) {
    for (const name of ['iris', 'diabetes'])
      await ask('post', template, { params: { model: name, ...params }, headers: CSV, body: csv(name) }, 200);
    await ask('post', template, { params: { model: 'tags', ...params }, headers: JSON_TYPE, body: '{"data":{"columns":["x","a","b"],"rows":[[30,true,false],[2,false,true]]}}' }, 200);
    await ask('post', template, { params: { model: 'two', ...params }, headers: JSON_TYPE, body: '{"data":{"columns":["x","a","b"],"rows":[[30,60,-30],[2,4,-2]]}}' }, 200);
    await ask('post', template, { params: { model: 'nobody', ...params }, headers: CSV, body: csv('iris') }, 404);
    await ask('post', template, { params: { ...iris, ...params }, headers: JSON_TYPE, body: '{"rows":[]}' }, 422);
    await ask('post', template, { params: { ...iris, ...params }, headers: { 'Content-Type': 'image/png' }, body: 'x' }, 415);
  }
}

async function models() {
  const version = '/models/{model}/versions/{version}';
  await ask('get', '/models', {}, 200);
  for (const model of ['iris', 'diabetes', 'tags', 'two'])
    await ask('get', '/models/{model}', { params: { model } }, 200);
  await ask('get', '/models/{model}', { params: { model: 'nobody' } }, 404);
  await ask('get', '/models/{model}/versions', { params: iris }, 200);
  await ask('get', '/models/{model}/versions', { params: { model: 'nobody' } }, 404);
  await ask('get', version, { params: { ...iris, version: 1 } }, 200);
  await ask('get', version, { params: { ...iris, version: 'latest' } }, 200);
  await ask('get', version, { params: { ...iris, version: 99 } }, 404);
  const file = await ask('get', `${version}/file`, { params: { ...iris, version: 1 } }, 200);
  await ask('get', `${version}/file`, { params: { ...iris, version: 1 }, headers: { 'If-None-Match': '*' } }, 304);
  await ask('get', `${version}/file`, { params: { ...iris, version: 99 } }, 404);
  await ask('put', '/models/{model}', { params: { model: 'copy' }, headers: BYTES, body: file }, 201);
  await ask('put', '/models/{model}', { params: { model: 'copy' }, headers: BYTES, body: 'no model' }, [400, 422]);
  await ask('put', '/models/{model}', { params: { model: 'copy' }, headers: CSV, body: 'x' }, 415);
}

async function aliases() {
  const one = '/models/{model}/aliases/{alias}';
  const params = { ...iris, alias: 'production' };
  const put = (body, wanted, headers) => ask('put', one, { params, headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) }, wanted);
  await put({ version: 1, expected: 0 }, 201);
  await put({ version: 2 }, 200);
  await put({ version: 1, expected: 7 }, 409);
  await put({ version: 1 }, 412, { 'If-Match': '"7"' });
  await put({ version: 99 }, 404);
  await put({ version: 'x y' }, 422);
  await ask('put', one, { params, headers: CSV, body: 'x' }, 415);
  await ask('get', '/models/{model}/aliases', { params: iris }, 200);
  await ask('get', '/models/{model}/aliases', { params: { model: 'nobody' } }, 404);
  await ask('get', one, { params }, 200);
  await ask('get', one, { params: { ...iris, alias: 'none' } }, 404);
  await ask('post', `${one}/rollback`, { params }, 200);
  await ask('post', `${one}/rollback`, { params: { ...iris, alias: 'none' } }, 404);
  await ask('get', '/models/{model}', { params: iris }, 200);
  await ask('get', '/models/{model}/audit', { params: iris, query: '?limit=2' }, 200);
  await ask('get', '/audit', {}, 200);
  await ask('get', '/models/{model}/compare', { params: iris, query: '?a=1&b=production' }, 200);
  await ask('get', '/models/{model}/compare', { params: iris, query: '?a=1&b=99' }, 404);
  await ask('get', '/models/{model}/compare', { params: iris, query: '?a=1' }, [400, 422]);
  await ask('post', '/models/{model}/compare', { params: iris, query: '?a=1&b=production&limit=3', headers: CSV, body: csv('iris') }, 200);
  await ask('post', '/models/{model}/compare', { params: iris, query: '?a=1&b=99', headers: CSV, body: csv('iris') }, 404);
  await ask('post', '/models/{model}/compare', { params: iris, query: '?a=1', headers: CSV, body: csv('iris') }, [400, 422]);
  await ask('get', '/audit', { query: '?limit=0' }, [400, 422]);
  await ask('delete', '/models/{model}/versions/{version}', { params: { ...iris, version: 'production' } }, 409);
  await ask('delete', '/models/{model}', { params: iris }, 409);
}

async function datasets() {
  const one = '/datasets/{dataset}';
  const params = { dataset: 'iris' };
  await ask('put', one, { params, headers: CSV, body: csv('iris') }, 201);
  await ask('put', one, { params, query: '?delimiter=,&header=1', headers: CSV, body: csv('iris') }, 200);
  await ask('put', one, { params, headers: { 'Content-Type': 'image/png' }, body: 'x' }, 415);
  await ask('put', one, { params, headers: { 'Content-Type': 'application/x-npy' }, body: 'x' }, [400, 422]);
  await ask('get', '/datasets', {}, 200);
  await ask('get', one, { params }, 200);
  await ask('get', one, { params: { dataset: 'none' } }, 404);
  await ask('post', '/train', { query: '?wait=50', headers: JSON_TYPE, body: '{"model":"kept","dataset":"iris","target":"species","training":{"epochs":2}}' }, [200, 202]);
}

async function v1() {
  await ask('get', '/v1/models', {}, 200);
  const row = { sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 };
  for (const [suffix, at] of [['', {}], ['/versions/{version}', { version: 1 }], ['/labels/{label}', { label: 'latest' }]]) {
    const one = `/v1/models/{model}${suffix}`;
    const post = (verb, model, body, wanted) => ask('post', `${one}:${verb}`, { params: { model, ...at }, headers: JSON_TYPE, body: JSON.stringify(body) }, wanted);
    await ask('get', one, { params: { ...iris, ...at } }, 200);
    const nobody = at.label ? 400 : 404; // an unknown label is TensorFlow Serving's 400
    await ask('get', one, { params: { model: 'nobody', ...at } }, nobody);
    for (const model of ['iris', 'diabetes'])
      await ask('get', `${one}/metadata`, { params: { model, ...at } }, 200);
    await ask('get', `${one}/metadata`, { params: { model: 'nobody', ...at } }, nobody);
    await post('predict', 'iris', { inputs: [[5.1, 3.5, 1.4, 0.2]] }, 200);
    await post('predict', 'iris', { instances: 3 }, 400);
    await post('classify', 'iris', { context: { petal_width: 1 }, examples: [{ ...row, petal_width: undefined }] }, 200);
    await post('classify', 'diabetes', { examples: [{}] }, 400);
    await post('regress', 'iris', { examples: [row] }, 400);
    await post('explain', 'two', { instances: [[1]] }, 200);
    await post('explain', 'nobody', { instances: [[1]] }, nobody);
  }
}

// The same against the Open Inference Protocol's own words; the body comes back.
async function infers(schema, method, template, options, wanted) {
  const json = await ask(method, template, options, wanted);
  const validate = ajv.getSchema(`inference#/$defs/${schema}`);
  check(`${method} ${template} is the protocol's ${schema}`, validate(json), JSON.stringify(validate.errors?.slice(0, 4)));
  return json;
}

// As many values as the shape says, and of the datatype.
function checkOutputs(what, answer) {
  const kinds = { BOOL: 'boolean', BYTES: 'string' };
  for (const { name, shape, datatype, data } of answer?.outputs ?? []) {
    const values = data.flat(Infinity);
    check(`${what}: ${name} has its shape`, values.length === shape.reduce((n, size) => n * size, 1));
    check(`${what}: ${name} is of ${datatype}`, values.every((value) => typeof value === (kinds[datatype] ?? 'number')));
  }
}

async function inferModel(model, one, at, inputs) {
  const request = (body) => ({ params: { model, ...at }, headers: JSON_TYPE, body: JSON.stringify(body) });
  const answer = await infers('infer', 'post', `${one}/infer`, request({ id: '42', inputs }), 200);
  check(`${model} echoes the id`, answer?.id === '42' && answer?.model_name === model);
  checkOutputs(model, answer);
  const described = await infers('model', 'get', one, { params: { model, ...at } }, 200);
  check(`${model} answers what its metadata says`, JSON.stringify(answer?.outputs.map((o) => [o.name, o.datatype])) ===
    JSON.stringify(described.outputs.map((o) => [o.name, o.datatype])));
  await infers('error', 'post', `${one}/infer`, request({ inputs, outputs: [{ name: 'nothing' }] }), 400);
}

async function v2() {
  await infers('server', 'get', '/v2', {}, 200);
  await infers('live', 'get', '/v2/health/live', {}, 200);
  await infers('ready', 'get', '/v2/health/ready', {}, 200);
  for (const template of ['/v2/models', '/v2/models/stats'])
    await ask('get', template, {}, 200);
  const tensor = (shape, data) => [{ name: 'input', shape, datatype: 'FP32', data }];
  for (const [suffix, at] of [['', {}], ['/versions/{version}', { version: 1 }]]) {
    const one = `/v2/models/{model}${suffix}`;
    for (const model of ['iris', 'diabetes', 'tags']) {
      await infers('model_ready', 'get', `${one}/ready`, { params: { model, ...at } }, 200);
      for (const part of ['/stats', '/config'])
        await ask('get', one + part, { params: { model, ...at } }, 200);
    }
    await inferModel('iris', one, at, tensor([2, 4], [5.1, 3.5, 1.4, 0.2, 6.7, 3.1, 5.6, 2.4]));
    await inferModel('tags', one, at, tensor([2, 1], [[30], [2]]));
    for (const part of ['', '/ready', '/stats', '/config'])
      await infers('error', 'get', one + part, { params: { model: 'nobody', ...at } }, 404);
    await infers('error', 'post', `${one}/infer`, { params: { ...iris, ...at }, headers: JSON_TYPE, body: '{"inputs": 3}' }, 400);
    await infers('error', 'post', `${one}/infer`, { params: { model: 'nobody', ...at }, headers: JSON_TYPE, body: JSON.stringify({ inputs: tensor([1, 1], [1]) }) }, 404);
  }
  await ask('post', '/v2/repository/index', {}, 200);
  await infers('error', 'post', '/v2/repository/index', { body: '{"ready":1}' }, 400);
  await infers('error', 'post', '/v2/repository/models/{model}/load', { params: { model: 'nobody' }, body: '{}' }, [400, 404]);
  await infers('error', 'post', '/v2/repository/models/{model}/unload', { params: iris, body: '{}' }, 501);
}

async function events() {
  const params = { id: 1 };
  await ask('get', '/jobs/{id}/events', { params }, 200);
  await ask('get', '/jobs/{id}/events', { params, headers: { Accept: 'application/x-ndjson' }, query: '?after=2' }, 200);
  await ask('get', '/jobs/{id}/events', { params: { id: 999 } }, 404);
}

// What a daemon that answers has no bad, or no good, answer to.
const onlyWell = new Set(['v2Live', 'v2Ready', 'v2Server', 'v2List', 'v2Stats']);
const onlyBadly = new Set(['v2Unload']);

async function server() {
  for (const template of ['/healthz', '/readyz', '/version', '/metrics', '/openapi.json', '/'])
    await ask('get', template, {}, 200);
  await ask('get', '/openapi.json', { headers: { 'If-None-Match': '*' } }, 304);
}

async function removal() {
  await ask('delete', '/models/{model}/aliases/{alias}', { params: { ...iris, alias: 'production' } }, 204);
  await ask('delete', '/models/{model}/aliases/{alias}', { params: { ...iris, alias: 'production' } }, 404);
  await ask('delete', '/models/{model}/versions/{version}', { params: { ...iris, version: 1 } }, 204);
  await ask('delete', '/models/{model}/versions/{version}', { params: { ...iris, version: 1 } }, 404);
  await ask('delete', '/models/{model}', { params: diabetes, query: '?force=1' }, 204);
  await ask('delete', '/models/{model}', { params: diabetes }, 404);
  await ask('delete', '/datasets/{dataset}', { params: { dataset: 'iris' } }, 204);
  await ask('delete', '/datasets/{dataset}', { params: { dataset: 'iris' } }, 404);
}

// --- from the document itself -----------------------------------------------

function* operations() {
  for (const [template, item] of Object.entries(document_.paths))
    for (const [method, operation] of Object.entries(item))
      yield [template, method, operation];
}

// The parameters' examples; a regression is asked of one.
function exampleParams(operation) {
  const params = {};
  for (const parameter of (operation.parameters ?? []).map(resolve))
    if (parameter.in === 'path') params[parameter.name] = parameter.example;
  if (/Regress/.test(operation.operationId)) params.model = 'diabetes';
  return params;
}

const exampleQuery = { train: '?model=example&target=species&epochs=2', predict: '?model=iris' };

// Parameters that must be there whatever the body is.
function requiredQuery(operation) {
  const pairs = (operation.parameters ?? []).map(resolve).filter((p) => p.in === 'query' && p.required);
  return pairs.length > 0 ? `?${pairs.map((p) => `${p.name}=${p.example}`).join('&')}` : '';
}

async function examples() {
  for (const [template, method, operation] of operations())
    for (const [type, media] of Object.entries(operation.requestBody?.content ?? {})) {
      if (media.example === undefined) continue;
      const text = typeof media.example === 'string';
      await ask(method, template, {
        params: exampleParams(operation),
        query: (text && exampleQuery[operation.operationId]) || requiredQuery(operation),
        headers: { 'Content-Type': type },
        body: text ? media.example : JSON.stringify(media.example),
      }, [200, 201, 202]);
    }
}

async function unknownKeys() {
  for (const [template, method, operation] of operations())
    if (!/^\/v2(\/|$)/.test(template)) // whose clients send what they like
      await ask(method, template, { params: exampleParams(operation), query: '?nonsense=1' }, 422);
}

// Each operation answered well and badly; and a schema that took anything
// would be no check.
function coverage() {
  for (const [, , operation] of operations()) {
    const seen = [...(replied.get(operation.operationId) ?? [])];
    check(`${operation.operationId} was answered well`, onlyBadly.has(operation.operationId) || seen.some((s) => s < 300));
    check(`${operation.operationId} was answered badly`, onlyWell.has(operation.operationId) || seen.some((s) => s >= 400));
    check(`${operation.operationId} did not fail`, seen.every((s) => s < 500 || s === 501));
  }
  const validate = validator('/components/schemas/Version');
  const good = { name: 'mlpd', version: '1', libmicrohttpd: '1', jansson: '2' };
  check('a fitting answer fits', validate(good));
  check('an answer with one more key does not fit', !validate({ ...good, more: 1 }));
  const infer = ajv.getSchema('inference#/$defs/infer');
  const output = { name: 'a', shape: [1], datatype: 'FP32', data: [1] };
  check('an inference fits', infer({ model_name: 'm', outputs: [output] }));
  check('one of an unknown datatype does not', !infer({ model_name: 'm', outputs: [{ ...output, datatype: 'FLOAT' }] }));
  check('one without data does not', !infer({ model_name: 'm', outputs: [{ ...output, data: undefined }] }));
}

async function main() {
  document_ = await (await fetch(`${base}/openapi.json`)).json();
  ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema(document_, 'mlpd');
  ajv.addSchema(require('./inference.json'));
  for (const part of [train, jobs, predict, evaluate, models, datasets, aliases, v1, v2, events, server, examples, unknownKeys, removal])
    await part();
  coverage();
}

main().catch((error) => check('the checks went to their end', false, error.stack))
  .finally(() => {
    console.log(`${passed} passed, ${failed} failed`);
    process.exitCode = failed === 0 ? 0 : 1;
  });
