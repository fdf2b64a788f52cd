// The sandbox as a program, with a FOCUS file, over TLS.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http2 from 'node:http2';
import { fileURLToPath } from 'node:url';

import { selfSigned } from '../lib/certificate.mjs';
import { deepEqual, is, ok, test } from '../lib/tap.mjs';
import { TODAY, question, request, start, sum, walk } from './client.mjs';
import { credentials } from './credentials.mjs';
import { formatDecimal } from './decimal.mjs';
import { parseCsv } from './focus.mjs';


const { main, single } = credentials;
const here = (name) => fileURLToPath(new URL(name, import.meta.url));


test('RFC 4180', () => {
    const read = (text) => [...parseCsv(text)];

    deepEqual(read('a,b\r\n1,2\r\n'), [['a', 'b'], ['1', '2']]);
    deepEqual(read('a,b\n1,2'), [['a', 'b'], ['1', '2']]);
    deepEqual(read('\ufeffa\n'), [['a']]);
    deepEqual(read('"a ""x""","b\r\nc,d"\n'), [['a "x"', 'b\r\nc,d']]);
    deepEqual(read(',\n'), [['', '']]);
    deepEqual(read('a,'), [['a', '']]);
    deepEqual(read(''), []);
    for (const text of ['"a', 'a"b\n', '"a"b\n']) {
        let refused = false;
        try {
            read(text);
        } catch {
            refused = true;
        }
        ok(refused, text);
    }
});


test('a FOCUS file is served as it is', async () => {
    const other = await start({ focus: here('focus.csv'), today: TODAY });
    const { focus } = other.credentials;
    const linked = JSON.parse((await request(
        other.url, 'GET', '/v1/search/linkedaccount', focus)).text);

    deepEqual(linked.Results, ['000011112222', '444455556666']);

    const daily = await walk(other.url, focus,
        question('000011112222', '2026-03-01', '2026-03-31'));
    deepEqual(daily[0].map((row) => ({ ...row,
        cost: formatDecimal(row.cost) })), [
        { USAGE_DATE: '2026-03-01', REGION: 'ap-northeast-2',
            SERVICE_CODE: 'Amazon Elastic Compute Cloud', cost: '0.9362' },
        { USAGE_DATE: '2026-03-02', REGION: '',
            SERVICE_CODE: 'Amazon "Simple", Storage Service',
            cost: '-2.61370000001' },
    ]);

    const monthly = await walk(other.url, focus,
        question(linked.Results, '2026-01-01', TODAY,
            { granularity: 'MONTHLY', groupBy: ['USAGE_DATE'] }));
    deepEqual(monthly[0].map((row) => [row.USAGE_DATE,
        formatDecimal(row.cost)]), [
        ['2026-03', '-1.67750000001'],
        ['2026-04', '0.0000008'],
    ]);
    is((await request(
        other.url, 'GET', '/v1/search/linkedaccount', main)).status, 401);
});


test('as a program: says where it listens, ends on SIGTERM', async () => {
    const child = await start({ child: true, seed: 3, today: TODAY,
        settings: { page_size: 10 } });
    const [account] = single.linked;
    const pages = await walk(child.url, single,
        question(account, '2026-11-01', '2026-11-01'));

    ok(pages[0].length === 10);
    is(formatDecimal(sum(pages.flat())), (await child.data(
        { account, start: '2026-11-01', end: '2026-11-01' })).sum);
    await child.stop();
    const gone = await child.counters().catch((error) => error.code);
    is(gone, 'ECONNREFUSED');

    for (const args of [['--port', 'x'], ['--today', '2026-02-30'],
        ['--focus', here('none.csv')], ['--nothing']]) {
        const refused = spawn(process.execPath,
            [here('hyperbilling.mjs'), ...args], { stdio: 'ignore' });
        is((await once(refused, 'exit'))[0], 2, args.join(' '));
    }
});


test('HTTP/2 and HTTP/1.1 over TLS', async () => {
    const { certificate: tlsCert, key: tlsKey } = selfSigned();
    const other = await start({ tlsKey, tlsCert });
    is((await other.counters()).total, 0);

    const session = http2.connect(other.url,
        { rejectUnauthorized: false, servername: '' });
    const stream = session.request({ ':path': '/v1/search/linkedaccount',
        'x-client-id': main.client, 'x-client-secret': main.secret });
    const [headers] = await once(stream, 'response');
    is(headers[':status'], 200);
    let text = '';
    for await (const chunk of stream.setEncoding('utf8')) {
        text += chunk;
    }
    deepEqual(JSON.parse(text).Results, main.linked);
    is((await other.calls())[0].http, '2.0');
    session.close();
});
