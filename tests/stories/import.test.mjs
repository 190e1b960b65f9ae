// A company brings its customers: the example files of docs/examples, in English and in Persian (headers, digits, Jalali dates, semicolons,
// byte order mark), each compressed too; what is wrong comes back named, what is right goes in. The expected values stand in the files;
// Jalali days were converted with the published table (1404-01-01 = 2025-03-21).
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { company, root, serve, temporary, until, vafa, vafaJson } from '../harness/vafa.mjs';

const kinds = ['members', 'accounts', 'contacts', 'subscriptions', 'tickets', 'invoices', 'answers', 'invitations', 'activities', 'events'];
const example = (language, kind) => path.join(root, 'docs/examples', language, `${kind}.csv`);
const rowsOf = (file) => readFileSync(file, 'utf8').trim().split('\n').length - 1;
const counts = (report) => [report.created, report.updated, report.unchanged, report.rejected];
const api = (folder, where) => vafaJson('api', folder, 'GET', `/api/v1/${where}`);
const only = (list, test_) => {
  const found = list.data.filter(test_);
  assert.equal(found.length, 1);
  return found[0];
};
const persian = { 'time-zone': 'Asia/Tehran', calendar: 'persian', language: 'fa', currency: 'IRR' };

function importAll(t, language, options) {
  const folder = company(t, options);
  const packed = path.join(temporary(t), 'file.csv.gz');
  for (const kind of kinds) {
    const n = rowsOf(example(language, kind));
    const trial = vafaJson('import', kind, folder, example(language, kind), '--dry-run');
    assert.deepEqual(counts(trial), [n, 0, 0, 0], `${kind}, dry run`);
    const first = vafaJson('import', kind, folder, example(language, kind));
    assert.deepEqual(counts(first), [n, 0, 0, 0], kind);
    assert.deepEqual(first.columns.filter((column) => column.field === null), [], `${kind}: every column is understood`);
    writeFileSync(packed, gzipSync(readFileSync(example(language, kind))));
    const again = vafaJson('import', kind, folder, packed);
    assert.deepEqual(counts(again), [0, 0, n, 0], `${kind}, again, compressed`);
  }
  return folder;
}

test('every kind from English files', (t) => {
  const folder = importAll(t, 'en', { currency: 'EUR' });
  const members = api(folder, 'members').data;
  const nora = only({ data: members }, (one) => one.email === 'nora@sample.example');
  const accounts = api(folder, 'accounts').data;
  const bright = only({ data: accounts }, (one) => one.key === 'BRIGHT');
  assert.equal(accounts.length, 4);
  assert.equal(bright.owner, nora.id);
  assert.equal(bright.starts_on, '2024-02-01');
  assert.equal(only({ data: accounts }, (one) => one.key === 'BRIGHT-IE').parent, bright.id);
  const contact = only(api(folder, 'accounts/BRIGHT/contacts'), (one) => one.name === 'Ada Whitlock');
  assert.deepEqual([contact.champion, contact.email], [true, 'ada@bright.example']);
  const contract = api(folder, 'accounts/KESTREL/subscriptions').data[0];
  assert.deepEqual([contract.amount, contract.currency, contract.amount_per, contract.arr, contract.ends_on, contract.auto_renew],
    [450_000, 'EUR', 'quarter', 1_800_000, '2026-05-31', true]);
  const ticket = api(folder, 'accounts/KESTREL/tickets').data[0];
  assert.deepEqual([ticket.opened_at, ticket.closed_at, ticket.urgency], ['2025-11-20T08:00:00.000Z', null, 'urgent']);
  const invoice = api(folder, 'accounts/BRIGHT/invoices').data[0];
  assert.deepEqual([invoice.amount, invoice.paid_on, invoice.due_on], [2_400_000, '2025-02-20', '2025-03-03']);
  assert.deepEqual(api(folder, 'accounts/BRIGHT/answers').data.map((one) => [one.kind, one.score]).sort(), [['csat', 8], ['nps', 9]]);
  assert.equal(api(folder, 'accounts/KESTREL/activities').data[0].kind, 'call');
  const events = vafaJson('events', folder, '--account', 'BRIGHT').data;
  // Berlin is an hour ahead of UTC in November: a local date is its midnight.
  assert.deepEqual(events.map((one) => [one.occurred, one.name, one.count]),
    [['2025-11-01T23:00:00.000Z', 'export', 1], ['2025-11-01T23:00:00.000Z', 'export', 1], ['2025-11-01T09:00:00.000Z', 'report', 3]]);
});

test('every kind from Persian files', (t) => {
  const folder = importAll(t, 'fa', persian);
  const accounts = api(folder, 'accounts').data;
  const baran = only({ data: accounts }, (one) => one.name === 'گروه باران');
  assert.equal(baran.starts_on, '2024-02-01'); // 12 Bahman 1402
  assert.equal(only({ data: accounts }, (one) => one.name === 'باران شیراز').parent, baran.id);
  assert.equal(only({ data: accounts }, (one) => one.key === 'کویر').owner, only({ data: api(folder, 'members').data }, (one) => one.name === 'امید راد').id);
  const contract = api(folder, `accounts/${baran.id}/subscriptions`).data[0];
  assert.deepEqual([contract.starts_on, contract.ends_on, contract.seats, contract.amount, contract.currency, contract.amount_per, contract.auto_renew],
    ['2025-03-21', '2026-03-20', 40, 1_200_000_000, 'IRR', 'year', true]);
  const invoices = api(folder, `accounts/${encodeURIComponent('کویر')}/invoices`).data;
  assert.deepEqual(invoices.map((one) => [one.amount, one.currency, one.issued_on]), [[95_000_000, 'IRR', '2025-09-01']]); // 10 Shahrivar 1404
  const tickets = api(folder, `accounts/${baran.id}/tickets`).data;
  assert.equal(tickets[0].opened_at, '2025-11-03T05:45:00.000Z'); // 12 Aban 1404, 09:15 in Tehran, 03:30 ahead of UTC
  assert.equal(tickets[0].urgency, 'normal');
  assert.equal(api(folder, `accounts/${encodeURIComponent('کویر')}/tickets`).data[0].urgency, 'urgent');
  assert.equal(api(folder, `accounts/${baran.id}/activities`).data[0].kind, 'meeting');
  assert.equal(vafaJson('events', folder).data.length, 4);
});

test('good rows go in, bad ones come back', (t) => {
  const folder = company(t);
  const place = temporary(t);
  const file = path.join(place, 'accounts.csv');
  const errors = path.join(place, 'errors.csv');
  writeFileSync(file, 'Account,Company,Start date\nA1,Bright,2024-02-30\nA2,,2024-01-01\nA3,Kestrel,2024-01-01\n');
  const done = vafa('import', 'accounts', folder, file, '--errors', errors, '--lang', 'en');
  assert.notEqual(done.code, 0);
  assert.match(done.out, /Rows: 3 {2}New: 1 {2}Changed: 0 {2}Unchanged: 0 {2}Refused: 2/);
  assert.deepEqual(readFileSync(errors, 'utf8').trimEnd().split('\r\n'), [
    '\ufeffrow,column,code,message',
    '2,Start date,no_such_date,There is no day “2024-02-30” in the calendar. Check its month and day.',
    '3,Company,cell_missing,"The cell is empty, but it is needed."']);
  assert.deepEqual(api(folder, 'accounts').data.map((one) => one.key), ['A3']);
  vafa('import', 'accounts', folder, file, '--errors', errors, '--lang', 'fa');
  const inPersian = readFileSync(errors, 'utf8').trimEnd().split('\r\n');
  assert.equal(inPersian[0], '\ufeffسطر,ستون,کد,پیام');
  assert.match(inPersian[2], /^3,Company,cell_missing,این سلول خالی است/);
  // Mended, the same file adds what was missing and leaves the rest.
  writeFileSync(file, 'Account,Company,Start date\nA1,Bright,2024-02-29\nA2,Moss,2024-01-01\nA3,Kestrel,2024-01-01\n');
  const mended = path.join(place, 'none.csv');
  assert.deepEqual(counts(vafaJson('import', 'accounts', folder, file, '--errors', mended)), [2, 0, 1, 0]);
  assert.equal(existsSync(mended), false);
});

test('an import over HTTP is answered at once and can be watched', async (t) => {
  const folder = company(t);
  const server = await serve(t, folder);
  const rows = Array.from({ length: 6_000 }, (_, i) => `A${i},Company ${i}`).join('\n');
  const sent = await server.api('POST', '/api/v1/imports/accounts?file=many.csv', `key,name\n${rows}\nA1,again\n`, { 'content-type': 'text/csv' });
  assert.equal(sent.status, 202);
  assert.equal(sent.headers.location, `/api/v1/imports/${sent.json.id}`);
  let last = 0;
  const report = await until('the import', async () => {
    const { status, json } = await server.api('GET', sent.headers.location);
    assert.equal(status, 200);
    assert.ok(json.rows >= last, 'rows only grow');
    assert.ok(json.bytes_done <= json.bytes_total);
    last = json.rows;
    return json.state === 'done' && json;
  });
  assert.deepEqual([report.rows, ...counts(report), report.file], [6_001, 6_000, 0, 0, 1, 'many.csv']);
  assert.equal(report.bytes_done, report.bytes_total);
  const errors = await server.api('GET', `${sent.headers.location}/errors`);
  assert.match(errors.text, /6002,key,repeated_in_file,/);
  assert.match(errors.headers['content-type'], /text\/csv/);
  // The command line on a served folder does the same.
  const file = path.join(temporary(t), 'one.csv');
  writeFileSync(file, 'key,name\nA1,Company 1\n');
  assert.deepEqual(counts(vafaJson('import', 'accounts', folder, file)), [0, 0, 1, 0]);
});
