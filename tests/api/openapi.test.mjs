// The description of the API is what clients are generated from: it must be whole, consistent, and fit for the generator.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import ts from 'typescript';
import { company, request, root, serve, temporary, vafaOk } from '../harness/vafa.mjs';

const text = vafaOk('openapi');
const api = JSON.parse(text);
const operations = Object.entries(api.paths).flatMap(([where, item]) =>
  Object.entries(item).map(([method, operation]) => ({ where, method, operation })));

test('every operation of the API is described, no page is', () => {
  const rows = [...readFileSync(path.join(root, 'src/app/routes.def'), 'utf8').matchAll(/^ROUTE\((GET|POST|PUT|PATCH|DELETE), "([^"]+)"/gm)];
  const wanted = rows.filter(([, , where]) => where.startsWith('/api/v1/')).map(([, method, where]) => `${method} ${where}`);
  const described = operations.map(({ where, method }) => `${method.toUpperCase()} ${where}`);
  assert.ok(wanted.length > 50);
  for (const row of wanted) assert.ok(described.includes(row), `${row} is not described`);
  assert.ok(!described.includes('GET /setup'));
});

test('every reference leads somewhere, every schema is used', () => {
  const named = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((found) => found[1]));
  for (const name of named) assert.ok(api.components.schemas[name], `${name} is named but not there`);
  for (const name of Object.keys(api.components.schemas)) assert.ok(named.has(name), `${name} is there but not used`);
});

test('operations have unique ids, all path parameters, and a problem for what goes wrong', () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  assert.equal(new Set(ids).size, ids.length);
  for (const { where, operation } of operations) {
    const inPath = [...where.matchAll(/\{(\w+)\}/g)].map((found) => found[1]);
    const declared = operation.parameters.filter((parameter) => parameter.in === 'path');
    assert.deepEqual(declared.map((parameter) => parameter.name), inPath, where);
    assert.ok(declared.every((parameter) => parameter.required));
    assert.equal(operation.responses.default.content['application/problem+json'].schema.$ref, '#/components/schemas/Problem');
    assert.ok(operation.summary.length > 0);
  }
});

test('openapi-typescript makes types of it that TypeScript accepts', (t) => {
  const folder = temporary(t);
  const source = path.join(folder, 'api.json');
  const target = path.join(folder, 'api.ts');
  writeFileSync(source, text);
  const made = spawnSync(process.execPath, [path.join(root, 'node_modules/openapi-typescript/bin/cli.js'), source, '-o', target],
    { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  const program = ts.createProgram([target], { noEmit: true, strict: true, types: [], target: ts.ScriptTarget.ES2022 });
  const faults = ts.getPreEmitDiagnostics(program).map((fault) => ts.flattenDiagnosticMessageText(fault.messageText, '\n'));
  assert.deepEqual(faults, []);
  const types = readFileSync(target, 'utf8');
  assert.match(types, /"\/api\/v1\/members\/\{member\}"/);
  assert.match(types, /role: "viewer" \| "csm" \| "manager" \| "admin"/);
});

test('the served description is the printed one, and answers fit it', async (t) => {
  const server = await serve(t, company(t));
  const served = await request({ host: '127.0.0.1', port: server.port, path: '/api/v1/openapi.json' });
  assert.deepEqual(served.json, api);
  const made = await server.api('POST', '/api/v1/members', { name: 'Mina Rad', email: 'mina@acme.example', role: 'csm' });
  assert.equal(made.status, 201);
  const schema = api.components.schemas.Member;
  assert.deepEqual(Object.keys(made.json).sort(), Object.keys(schema.properties).sort());
  assert.deepEqual([...schema.required].sort(), Object.keys(made.json).sort());
  const refused = await server.api('POST', '/api/v1/members', { name: 'Mina Rad' });
  assert.equal(refused.status, 400);
  for (const name of api.components.schemas.Problem.required) assert.ok(name in refused.json, name);
});

test('a command says the same with and without a server', async (t) => {
  const folder = company(t);
  const alone = vafaOk('settings', 'list', folder, '--format', 'json');
  const server = await serve(t, folder);
  assert.equal(vafaOk('settings', 'list', folder, '--format', 'json'), alone);
  assert.equal(await server.stop(), 0);
  assert.equal(vafaOk('settings', 'list', folder, '--format', 'json'), alone);
});
