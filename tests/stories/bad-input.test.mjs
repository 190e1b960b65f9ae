// Bad input is normal. Each kind of it must be answered with what is wrong, where, and what to do, in the reader's language, by a
// failing exit or status, and must leave nothing half done.
import assert from 'node:assert/strict';
import { cpSync, existsSync, openSync, readdirSync, readFileSync, readSync, writeFileSync, writeSync, closeSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { company, key, request, serve, temporary, vafa, vafaJson, vafaOk } from '../harness/vafa.mjs';

const arabic = /[\u0600-\u06ff]/;
/** Counts are in the digits of the reader. */
const latin = (text) => text.replace(/[۰-۹]/g, (digit) => String('۰۱۲۳۴۵۶۷۸۹'.indexOf(digit)));

/** The command fails in both languages, naming every one of `parts`; returns what it said in English. */
function refusedBoth(words, parts, options = {}) {
  const said = {};
  for (const language of ['en', 'fa']) {
    const done = vafa(...words, '--lang', language, { timeout: 60_000 });
    assert.ok([1, 2, 3].includes(done.code), `${words.join(' ')} ended with ${done.code}`);
    if (options.exit) assert.equal(done.code, options.exit);
    for (const part of parts) assert.ok(latin(done.err).includes(part), `“${part}” is not in: ${done.err}`);
    assert.equal(arabic.test(done.err.replace(/[«“].*?[»”]/gu, '')), language === 'fa', `the language of: ${done.err}`);
    said[language] = done.err;
  }
  return said.en;
}

test('files that cannot be read', (t) => {
  const folder = company(t);
  const place = temporary(t);
  const put = (name, content) => {
    writeFileSync(path.join(place, name), content);
    return path.join(place, name);
  };
  const none = () => assert.equal(vafaJson('accounts', 'list', folder).data.length, 0);
  const attempt = (name, content, parts) => {
    const file = content === null ? path.join(place, name) : put(name, content);
    const said = refusedBoth(['import', 'accounts', folder, file], parts);
    none();
    return said;
  };
  const rows = Array.from({ length: 20_000 }, (_, i) => `K${i},Company ${(i * 7919) % 10_007}`).join('\n');
  attempt('none.csv', null, ['none.csv']);
  attempt('empty.csv', '', []);
  // Windows-1256: «بهار» is 0xC8 0xE5 0xC7 0xD1
  assert.match(attempt('windows.csv', Buffer.concat([Buffer.from('key,name\nA0,fine\nA1,'), Buffer.from([0xc8, 0xe5, 0xc7, 0xd1, 0x0a])]), ['UTF-8', '3']), /Windows-1256.*Save/s);
  assert.match(attempt('utf16.csv', Buffer.from('\ufeffkey,name\nA1,Bright\n', 'utf16le'), ['UTF-16', 'UTF-8']), /Save it as/);
  attempt('utf16-bare.csv', Buffer.from('key,name\nA1,Bright\n', 'utf16le'), ['UTF-16']);
  const packed = gzipSync(`key,name\n${rows}\n`);
  assert.match(attempt('cut.csv.gz', packed.subarray(0, packed.length >> 1), []), /ends too early, in row \d+/); // though its first rows could be read
  attempt('no-key.csv', 'code,label\nA1,Bright\n', ['key', 'code, label', '--map']);
});

test('commands, options and mappings that make no sense', (t) => {
  const folder = company(t);
  const file = path.join(temporary(t), 'a.csv');
  writeFileSync(file, 'key,name,shoe size\nA1,Bright,44\n');
  refusedBoth(['import', 'accounts', folder, file, '--map', 'name=label'], ['label']);
  refusedBoth(['import', 'accounts', folder, file, '--map', 'shoes=name'], ['shoes', 'name, status']);
  refusedBoth(['import', 'accounts', folder, file, '--money', 'doubloon'], ['doubloon', 'EUR']);
  assert.equal(vafaJson('accounts', 'list', folder).data.length, 0);
  const taken = vafa('import', 'accounts', folder, file);
  assert.equal(taken.code, 0);
  assert.match(taken.out, /“shoe size” was not recognised.*--map/);
  refusedBoth(['no-such-command', folder], ['no-such-command'], { exit: 2 });
  refusedBoth(['facts', folder, 'A1', '--colour', 'red'], ['colour'], { exit: 2 });
  refusedBoth(['facts', folder], ['ACCOUNT'], { exit: 2 });
  refusedBoth(['facts', folder, 'NOPE'], ['NOPE'], { exit: 1 });
  refusedBoth(['health', 'explain', folder, 'NOPE'], ['NOPE'], { exit: 1 });
  refusedBoth(['events', folder, '--account', 'NOPE'], ['NOPE'], { exit: 1 });
  for (const day of ['1404/12/30', '2023-02-30']) refusedBoth(['facts', folder, 'A1', '--as-of', day], ['as_of', day], { exit: 1 });
  refusedBoth(['usage', folder, '--period', '2015-13'], ['period', '2015-13'], { exit: 1 });
  refusedBoth(['accounts', 'at-risk', folder, '--limit', 'many'], ['limit', 'many'], { exit: 1 });
  refusedBoth(['keys', 'create', folder, '--name', 'k', '--kind', 'wooden'], ['wooden', 'browser, server, api'], { exit: 1 });
  refusedBoth(['settings', 'set', folder, 'no.such=1'], ['no.such'], { exit: 1 });
  refusedBoth(['members', 'reset', folder, 'nobody'], ['nobody'], { exit: 1 });
});

test('rows that make no sense: each is named, the good ones go in', (t) => {
  const folder = company(t);
  const place = temporary(t);
  const accounts = path.join(place, 'accounts.csv');
  writeFileSync(accounts, 'key,name\nA1,Bright\nA2,Kestrel\n');
  vafaOk('import', 'accounts', folder, accounts);
  const tomorrow = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
  const cases = {
    subscriptions: ['id,account,start,seats,amount (EUR),per', [
      ['G,A1,2025-01-01,3,10,month', null],
      ['X1,A1,2025-01-01,many,10,month', ['seats', 'not_a_number', 'many']], // wrong type
      ['X2,A1,,3,10,month', ['start', 'cell_missing', '']], // missing field
      ['X3,A9,2025-01-01,3,10,month', ['account', 'account_unknown', 'A9']],
      ['X4,A1,1404/12/30,3,10,month', ['start', 'no_such_date', '1404/12/30']],
      ['X5,A1,2023-02-30,3,10,month', ['start', 'no_such_date', '2023-02-30']],
      ['X6,A1,2025-01-01,-3,10,month', ['seats', 'cell_out_of_bounds', '-3']],
      ['X7,A1,2025-01-01,3,NaN,month', ['amount (EUR)', 'number_not_finite', 'NaN']],
      ['X8,A1,2025-01-01,3,10', ['', 'ragged_row', '5']],
      ['G,A2,2025-01-01,3,10,month', ['id', 'repeated_in_file', 'G']],
      ['X9,A1,2025-01-01,3,10,fortnight', ['per', 'cell_not_option', 'fortnight']],
      [`Y1,A1,2025-01-01,3,${'9'.repeat(10_000_000)},month`, [null, null, '']], // 10 MB
    ]],
    invoices: ['id,account,date,due,amount,currency', [
      ['G,A1,2025-01-01,2025-02-01,10,EUR', null],
      ['X1,A1,2025-01-01,2025-02-01,10,', ['amount', 'cell_without_unit', '10']],
      ['X2,A1,2025-01-01,2024-02-01,10,EUR', ['due', 'due_before_issue', '']],
      ['X3,A1,2025-01-01,2025-02-01,10,doubloons', ['currency', 'unknown_currency', 'doubloons']],
    ]],
    events: ['account,user,date,event,n', [
      ['A1,u1,2025-01-01,export,1', null],
      [`A1,u1,${tomorrow},export,1`, ['date', 'event_in_future', '']],
      ['A1,u1,2025-01-01,export,0', ['n', 'cell_out_of_bounds', '0']],
      [',,2025-01-01,export,1', ['account', 'event_of_nobody', '']],
    ]],
  };
  for (const [kind, [header, lines]] of Object.entries(cases)) {
    const file = path.join(place, `${kind}.csv`);
    writeFileSync(file, `${header}\n${lines.map(([line]) => line).join('\n')}\n`);
    const bad = lines.filter(([, expected]) => expected);
    for (const language of ['en', 'fa']) {
      const errors = path.join(place, `${kind}.${language}.csv`);
      const done = vafa('import', kind, folder, file, '--errors', errors, '--lang', language, '--format', 'json');
      assert.equal(done.code, 1);
      const report = JSON.parse(done.out);
      assert.deepEqual([report.created + report.unchanged, report.rejected], [1, bad.length], `${kind}: ${JSON.stringify(report.faults)}`);
      for (const [i, [, expected]] of lines.entries()) {
        const faults = report.faults.filter((fault) => fault.row === i + 2);
        if (!expected) {
          assert.equal(faults.length, 0);
          continue;
        }
        const [column, code, part] = expected;
        const fault = faults.find((one) => code === null || one.code === code);
        assert.ok(fault, `${kind}, row ${i + 2}: ${JSON.stringify(faults)}`);
        if (column !== null) assert.equal(fault.column, column);
        assert.ok(latin(fault.message).includes(part), fault.message);
        assert.equal(arabic.test(fault.message), language === 'fa');
      }
      assert.equal(existsSync(errors), true);
    }
  }
  // A currency against the one that the account pays in already.
  const other = path.join(place, 'other.csv');
  writeFileSync(other, 'id,account,start,amount (USD),per\nS2,A1,2025-01-01,10,month\n');
  assert.match(refusedBoth(['import', 'subscriptions', folder, other], ['USD', 'EUR', 'G']), /contradict|correct one of them/);
  assert.equal(vafaJson('api', folder, 'GET', '/api/v1/accounts/A1/subscriptions').data.length, 1);
});

test('requests that make no sense', async (t) => {
  const folder = company(t);
  const secret = key(folder, 'server');
  const viewer = vafaJson('keys', 'create', folder, '--name', 'reader', '--kind', 'api', '--role', 'viewer').secret;
  const admin = vafaJson('keys', 'create', folder, '--name', 'writer', '--kind', 'api', '--role', 'admin').secret;
  const server = await serve(t, folder);
  const send = (method, where, body, headers) => request({ host: '127.0.0.1', port: server.port, method, path: where }, body, headers);
  const cases = [
    ['malformed JSON', 'POST', '/api/v1/accounts', '{"name": ', admin, 400, 'json_'],
    ['a field of the wrong type, and one that does not exist', 'POST', '/api/v1/accounts', { name: 5, colour: 1 }, admin, 400, ''],
    ['a missing field', 'POST', '/api/v1/accounts', {}, admin, 400, ''],
    ['an oversized body', 'POST', '/api/v1/accounts', ' '.repeat(3_000_000), admin, 413, 'body_too_large'],
    ['an unknown key', 'GET', '/api/v1/accounts', undefined, 'vafa_nothing', 401, 'key_unknown'],
    ['a wrong role', 'POST', '/api/v1/accounts', { name: 'X' }, viewer, 403, 'permission_missing'],
    ['a key of the wrong kind', 'GET', '/api/v1/accounts', undefined, secret, 403, 'key_not_api'],
    ['no such page', 'GET', '/api/v1/nothing', undefined, admin, 404, ''],
    ['an unknown account', 'GET', '/api/v1/accounts/NOPE', undefined, admin, 404, ''],
    ['an unknown kind of import', 'POST', '/api/v1/imports/colours', 'a,b\n', admin, 404, 'unknown_import_kind'],
  ];
  for (const language of ['en', 'fa'])
    for (const [what, method, where, body, bearer, status, code] of cases) {
      const answer = await send(method, where, body, { authorization: `Bearer ${bearer}`, 'accept-language': language });
      assert.equal(answer.status, status, `${what}: ${answer.text}`);
      assert.match(answer.headers['content-type'], /application\/problem\+json/, what);
      assert.ok(answer.json.code.startsWith(code), `${what}: ${answer.json.code}`);
      assert.ok(answer.json.detail.length > 10 || answer.json.errors.length > 0, what);
      assert.equal(arabic.test(answer.json.detail), language === 'fa', `${what}: ${answer.json.detail}`);
    }
  // The track API: an unknown key is refused, a malformed body too; an oversized one is not read.
  const basic = (name) => ({ authorization: `Basic ${Buffer.from(`${name}:`).toString('base64')}` });
  assert.equal((await send('POST', '/v1/track', { userId: 'u', event: 'x' }, basic('nobody'))).status, 401);
  assert.equal((await send('POST', '/v1/batch', '{"batch": [', basic(secret))).status, 400);
  assert.equal((await send('POST', '/v1/batch', 'x'.repeat(5 << 20), basic(secret)).catch((error) => ({ status: error.code === 'EPIPE' || error.code === 'ECONNRESET' ? 413 : 0 }))).status, 413);
  assert.equal(vafaJson('accounts', 'list', folder).data.length, 0);
  assert.equal(vafaJson('events', folder).data.length, 0);
});

test('a data folder in use, of a newer version, or damaged', async (t) => {
  const place = temporary(t);
  const folder = company(t);
  const rows = path.join(place, 'events.csv');
  writeFileSync(rows, 'account,user,date,event\nA1,u1,2025-01-01,export\nA1,u1,2025-01-02,export\n');
  vafaOk('import', 'events', folder, rows);
  const copy = (name) => {
    const to = path.join(place, name);
    cpSync(folder, to, { recursive: true });
    return to;
  };
  const flip = (file, from, to) => {
    const handle = openSync(file, 'r+');
    const bytes = Buffer.alloc(to - from);
    const n = readSync(handle, bytes, 0, bytes.length, from);
    for (let i = 0; i < n; i++) bytes[i] ^= 0x5a;
    writeSync(handle, bytes, 0, n, from);
    closeSync(handle);
  };
  refusedBoth(['accounts', 'list', path.join(place, 'nowhere')], ['nowhere', 'vafa init']);
  refusedBoth(['accounts', 'list', place], ['vafa init']);

  const newer = copy('newer');
  writeFileSync(path.join(newer, 'vafa.folder'), readFileSync(path.join(newer, 'vafa.folder'), 'utf8').replace(/\d+/, '99'));
  refusedBoth(['accounts', 'list', newer], ['99', '1'], { exit: 1 });

  const records = copy('records');
  flip(path.join(records, 'records.sqlite'), 0, 4096);
  assert.match(refusedBoth(['accounts', 'list', records], [], { exit: 3 }), /records is damaged.*Restore/);
  const middle = copy('middle');
  flip(path.join(middle, 'records.sqlite'), 4096 * 3, 4096 * 60);
  assert.match(refusedBoth(['check', middle], []), /damaged|not sound/);

  const events = copy('events');
  flip(path.join(events, 'events.duckdb'), 4096, 12_288);
  assert.match(refusedBoth(['accounts', 'list', events], ['events.duckdb'], { exit: 3 }), /damaged.*[Rr]estore/s);

  const journal = copy('journal');
  const segment = readdirSync(path.join(journal, 'journal')).find((name) => name.endsWith('.segment'));
  flip(path.join(journal, 'journal', segment), 40, 120);
  assert.match(refusedBoth(['check', journal], []), /[Rr]estore/);
  refusedBoth(['serve', journal, '--listen', '127.0.0.1:0'], [], { exit: 3 });

  const server = await serve(t, folder);
  refusedBoth(['serve', folder, '--listen', '127.0.0.1:0'], [String(server.child.pid)], { exit: 3 });
  assert.equal(vafaJson('events', folder).data.length, 2); // and goes on as if nothing had happened
});
