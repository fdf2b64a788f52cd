// The web app's files as nginx hands them out: base path, variants, caching,
// security headers.

import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { startNginx } from '../lib/nginx.mjs';
import { temporaryFolder } from '../lib/process.mjs';
import { after, deepEqual, is, like, ok, test } from '../lib/tap.mjs';


const dir = temporaryFolder('pages');
const key = join(dir, 'key');
const html = join(dir, 'html');

writeFileSync(key, `k:${'A'.repeat(43)}=\n`, { mode: 0o600 });
mkdirSync(join(html, 'sub'), { recursive: true });
writeFileSync(join(html, 'index.html'), '<base href="__BILLING_BASE__">disk');
writeFileSync(join(html, 'sub', 'a.css'), 'a{}');
writeFileSync(join(dir, 'secret'), 'not for the world');

const nginx = await startNginx({
    modules: ['ngx_http_billing_module'],
    conf: ({ port }) => `
        types { text/html html; text/css css; text/javascript js; }
        billing_redis redis://127.0.0.1:1;
        billing_secret_key_file ${key};
        billing_user kim;
        billing_role admin;
        server {
            listen 127.0.0.1:${port};
            location /billing/ { billing on; }
            location /proxied/ { billing on; billing_base_path /cloud/billing/; }
            location "/a&b c/" { billing on; }
            location /disk/ { billing on; billing_html ${html}; }
        }`,
});
after(() => nginx.stop());


// A plain request: no transparent decompression, no normalised path.
function get(path, { method = 'GET', headers = {} } = {}) {
    return new Promise((resolve, reject) => {
        const req = request({ host: '127.0.0.1', port: nginx.port, path, method,
            headers }, (res) => {
            const chunks = [];
            res.on('data', (chunk) => chunks.push(chunk));
            res.on('end', () => resolve({ status: res.statusCode,
                headers: res.headers, body: Buffer.concat(chunks) }));
        });
        req.on('error', reject);
        req.end();
    });
}

const text = async (path) => (await get(path)).body.toString();
const base = async (path) => (await text(path)).match(/<base href="([^"]*)"/)[1];
const scripts = async () => [...(await text('/billing/'))
    .matchAll(/(?:src|href)="(assets\/[^"]+)"/g)].map(([, path]) => path);


test('what others have written is named, under the page and on its own', async () => {
    const { status, headers, body } = await get('/billing/third-party.txt');

    is(status, 200);
    is(headers['content-type'], 'text/plain; charset=utf-8');
    is(headers['cache-control'], 'no-cache');
    like(body.toString(), /preact[\s\S]*MIT License/);
    like(await text('/billing/'), /<link rel="license" href="third-party\.txt">/);
});


test('the app is at the location and at every path below', async () => {
    for (const path of ['/billing/', '/billing/projects', '/billing/a/b/c?x=1',
        '/billing/index.html', '/billing/apix']) {
        const { status, headers, body } = await get(path);

        is(status, 200, path);
        is(headers['content-type'], 'text/html; charset=utf-8');
        is(headers['cache-control'], 'no-cache');
        like(body.toString(), /^<!doctype html>/i);
    }
});


test('the location without its slash leads to it', async () => {
    const { status, headers } = await get('/billing');

    is(status, 301);
    like(headers.location, /\/billing\/$/);
});


test('base is where the location is mounted', async () => {
    is(await base('/billing/'), '/billing/');
    is(await base('/billing/service-accounts/new'), '/billing/');
    is(await base('/proxied/'), '/cloud/billing/');
    is(await base('/a&b%20c/'), '/a&amp;b%20c/');
});


test('a strict content security policy, no sniffing', async () => {
    for (const path of ['/billing/', `/billing/${(await scripts())[0]}`]) {
        const { headers } = await get(path);

        like(headers['content-security-policy'], /default-src 'none'/);
        like(headers['content-security-policy'], /require-trusted-types-for/);
        is(/unsafe|data:|\*|http/.test(headers['content-security-policy']), false);
        is(headers['x-content-type-options'], 'nosniff');
    }
});


test('nothing in the page is inline', async () => {
    const page = await text('/billing/');

    is(/<script(?![^>]*src=)[^>]*>/.test(page), false);
    is(/<style|style="|\son\w+=/.test(page), false);
    is(/https?:\/\//.test(page.replace(/xmlns="[^"]*"/g, '')), false);
});


test('assets are immutable and come compressed as asked for', async () => {
    const all = await scripts();
    ok(all.length >= 2, 'a script and a style sheet');

    for (const path of all) {
        const plain = await get(`/billing/${path}`);
        const gzip = await get(`/billing/${path}`,
            { headers: { 'Accept-Encoding': 'deflate, gzip;q=0.5' } });
        const brotli = await get(`/billing/${path}`,
            { headers: { 'Accept-Encoding': 'gzip, br' } });
        const none = await get(`/billing/${path}`,
            { headers: { 'Accept-Encoding': 'gzip;q=0, br;q=0.0' } });

        like(plain.headers['cache-control'], /immutable/);
        is(plain.headers.vary, 'Accept-Encoding');
        is(plain.headers['content-encoding'], undefined);
        is(none.headers['content-encoding'], undefined);
        deepEqual(none.body, plain.body);

        if (gzip.headers['content-encoding']) {
            ok(gzip.body.length < plain.body.length);
            deepEqual(gunzipSync(gzip.body), plain.body);
        }
        if (brotli.headers['content-encoding'] === 'br') {
            ok(brotli.body.length < gzip.body.length);
            deepEqual(brotliDecompressSync(brotli.body), plain.body);
        }
        is(brotli.body.length, Number(brotli.headers['content-length']));
    }

    ok((await Promise.all(all.map((path) => get(`/billing/${path}`,
        { headers: { 'Accept-Encoding': 'br' } }))))
        .some(({ headers }) => headers['content-encoding'] === 'br'));
});


test('an asset of another version is not answered with a page', async () => {
    is((await get('/billing/assets/none-123.js')).status, 404);
});


test('HEAD has headers only; other methods are refused', async () => {
    const head = await get('/billing/', { method: 'HEAD' });

    is(head.status, 200);
    is(head.body.length, 0);
    is(Number(head.headers['content-length']), (await get('/billing/')).body.length);
    is((await get('/billing/', { method: 'POST' })).status, 405);
});


test('from disk, with the same base, and nothing above the folder', async () => {
    is(await text('/disk/'), '<base href="/disk/">disk');
    is(await text('/disk/any/page'), '<base href="/disk/">disk');

    const css = await get('/disk/sub/a.css');
    is(css.body.toString(), 'a{}');
    is(css.headers['content-type'], 'text/css');
    is(css.headers['cache-control'], 'no-cache');

    for (const path of ['/disk/../secret', '/disk/%2e%2e/secret',
        '/disk/sub/..%2f..%2fsecret']) {
        is(/not for the world/.test(await text(path)), false, path);
    }
});
