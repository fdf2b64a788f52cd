// API, streams and files of the pages over HTTP/1.1, 2 and 3, by curl.  That no
// browser is in between lets a request carry what an older one would send.

import { execFile, execFileSync, spawn } from 'node:child_process';
import { promisify } from 'node:util';

import { startBilling } from '../lib/billing.mjs';
import { freePort } from '../lib/process.mjs';
import { after, deepEqual, is, like, ok, skip, test, until } from '../lib/tap.mjs';
import { HTTP3, listenWithTls } from '../lib/versions.mjs';


const run = promisify(execFile);
const port = await freePort();
const billing = await startBilling({ server: listenWithTls(port) });
after(() => billing.stop());

const curlHas3 = /\bHTTP3\b/.test(execFileSync('curl', ['-V'], { encoding: 'utf8' }));
const HOST = `127.0.0.1:${port}`;
const ROOT = `https://${HOST}/billing/`;

const VERSIONS = [
    ['1.1', '--http1.1'],
    ['2', '--http2'],
    ['3', '--http3-only', !HTTP3 ? 'this nginx has no HTTP/3'
        : !curlHas3 && 'this curl has no HTTP/3'],
];


for (const [version, flag, without] of VERSIONS) {
    if (without) {
        skip(`HTTP/${version}`, without);
    } else {
        tests(version, flag);
    }
}


function tests(version, flag) {
    const args = (path, { method, headers = {}, body } = {}) => [
        '-sk', flag, '--max-time', '60', ...method ? ['-X', method] : [],
        ...Object.entries({ 'X-User': 'kim', 'X-Role': 'admin',
            'X-Billing-Refresh': '1',
            'X-Domain': `http-${version}`, ...headers,
            ...body && { 'Content-Type': 'application/json' },
        }).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
        ...body ? ['--data-binary', '@-'] : [], `${ROOT}${path}`,
    ];

    async function call(path, options = {}) {
        const child = run('curl', ['-i', '-w', '\n%{http_version}',
            ...args(path, options)], { maxBuffer: 1 << 26 });

        child.child.stdin.end(options.body && JSON.stringify(options.body));
        const { stdout } = await child;
        const [head, ...rest] = stdout.split('\r\n\r\n');
        const text = rest.join('\r\n\r\n');
        const end = text.lastIndexOf('\n');

        is(text.slice(end + 1), version, 'the version that was spoken');
        return {
            status: Number(head.match(/^HTTP\/\S+ (\d+)/)[1]),
            header: (name) => head.match(
                new RegExp(`^${name}: *(.*?)\\r?$`, 'im'))?.[1],
            text: text.slice(0, end),
            get json() { return JSON.parse(this.text); },
        };
    }

    const title = (text) => `HTTP/${version}: ${text}`;
    const create = (name, headers) => call('api/v1/projects',
        { method: 'POST', body: { name }, headers });
    let project;

    test(title('the app and its files'), async () => {
        const page = await call('');

        is(page.status, 200);
        like(page.text, /^<!doctype html>/i);
        like(page.text, /<base href="\/billing\/">/);

        for (const [, file] of page.text.matchAll(/"(assets\/[^"]+)"/g)) {
            const { status, text } = await call(file);

            is(status, 200, file);
            ok(text.length > 100, file);
        }
    });

    test(title('a write of the own site, and none of another'), async () => {
        const first = await create('First', { Origin: `https://${HOST}` });

        is(first.status, 201, first.text);
        project = first.json;

        for (const origin of ['https://other.example', `https://127.0.0.1:${port - 1}`,
            'https://127.0.0.1', 'null']) {
            const other = await create('Other', { Origin: origin });

            is(other.status, 403, origin);
            is(other.json.code, 'cross_site');
        }
    });

    test(title('ETag, conditions and a change'), async () => {
        const path = `api/v1/projects/${project.id}`;
        const etag = (await call(path)).header('etag');

        is((await call(path, { headers: { 'If-None-Match': etag } })).status, 304);
        is((await call(path, { method: 'PATCH', body: { name: 'Renamed' } })).status,
            428);
        const changed = await call(path, { method: 'PATCH',
            body: { name: 'Renamed' }, headers: { 'If-Match': etag } });
        is(changed.status, 200, changed.text);
        is(changed.json.name, 'Renamed');
    });

    test(title('an account, its costs, and a body that is too large'), async () => {
        const credentials = await billing.credentials(
            [`99${String(port).padStart(8, '0')}${version.padStart(2, '0').slice(-2)
                .replace('.', '0')}`]);
        const body = { name: 'Account', provider: 'hyperbilling_aws', credentials,
            project_id: project.id };

        const made = await call('api/v1/service-accounts', { method: 'POST', body });
        is(made.status, 201, made.text);

        const costs = await call('api/v1/costs?group_by=service');
        is(costs.json.complete, true);
        deepEqual(costs.json.currencies.map(({ currency }) => currency), ['USD']);

        is((await call('api/v1/projects', { method: 'POST',
            body: { name: 'x'.repeat(300_000) } })).status, 413);
    });

    test(title('a stream, and one that is closed before its end'), async () => {
        const path = 'api/v1/costs/stream?refresh=true';
        const { status, text } = await call(path);

        is(status, 200);
        like(text, /^event: result\ndata: \{"granularity":"MONTHLY"/m);

        await billing.sandbox.fault({ path: '/v1/search/billing', hang: true });
        const child = spawn('curl', ['-N', ...args(path)],
            { stdio: ['ignore', 'pipe', 'ignore'] });
        let said = '';
        child.stdout.on('data', (data) => { said += data; });
        await until(() => said.includes('event: progress'), 'progress');
        child.kill('SIGKILL');
        await billing.sandbox.clearFaults();

        is((await call('api/v1/costs')).status, 200);
    });
}
