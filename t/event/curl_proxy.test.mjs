// The curl bridge behind an outgoing proxy.

import {
    deadEnd, http2Peer, httpPeer, httpsPeer, makeCertificates, rawPeer,
    startTestNginx,
} from './curl/peers.mjs';
import { freePort } from '../lib/process.mjs';
import { startProxy } from '../lib/proxy.mjs';
import { verify as verifySigv4 } from '../lib/sigv4.mjs';
import { deepEqual, is, like, ok, test } from '../lib/tap.mjs';


const certificates = makeCertificates();
const { ca } = certificates;

const proxy = await startProxy({ user: 'kim', password: 'a b:c' });

// as a proxy that the environment names would be found
const through = (url, more = '') => startTestNginx({
    conf: `curl_test_proxy ${url}${more && ` ${more}`};`,
    main: 'env http_proxy; env https_proxy; env NO_PROXY; env no_proxy;',
    env: { http_proxy: 'http://127.0.0.1:1', https_proxy: 'http://127.0.0.1:1',
        NO_PROXY: '*', no_proxy: '*' },
});
const own = `http://kim:a%20b%3Ac@127.0.0.1:${proxy.port}`;
const nginx = await through(own, 'no_proxy=127.0.0.2,localhost,.near.example');

const hello = await httpPeer((request, response) =>
    response.end(`hello ${request.headers['proxy-authorization']}`));

async function one(args, server = nginx) {
    proxy.seen.length = 0;

    const { results: [result] } = await server.ask(args);
    return result;
}

async function refused(args, pattern, server = nginx) {
    const result = await one(args, server);

    is(result.status, 0);
    like(result.error, pattern);
    return result;
}


test('plain http: the whole URL, and no password for the provider', async () => {
    const result = await one({ url: hello.url });

    is(result.error, '');
    is(result.status, 200);
    is(result.length, 'hello undefined'.length);
    deepEqual(proxy.seen.map(({ method, target }) => [method, target]),
        [['GET', hello.url]]);
});


test('https: CONNECT, and none of the headers for the proxy', async () => {
    const seen = [];
    const peer = await httpsPeer(certificates.good, (request, response) => {
        seen.push(request.headers);
        response.end('secret');
    });
    const result = await one({ url: peer.url, ca, header: 'X-Secret: s3cr3t' });

    is(result.status, 200);
    is(seen[0]['x-secret'], 's3cr3t');
    is(seen[0]['proxy-authorization'], undefined);
    is(proxy.seen.length, 1);
    is(proxy.seen[0].method, 'CONNECT');
    is(proxy.seen[0].target, `127.0.0.1:${peer.port}`);
    is(proxy.seen[0].headers['x-secret'], undefined);
});


test('HTTP/2 through one tunnel', async () => {
    const peer = await http2Peer(certificates.good, (request, response) =>
        response.end('hello'));

    proxy.seen.length = 0;
    const { results } = await nginx.ask({ url: peer.url, ca, n: 40 });

    ok(results.every(({ status, version }) => status === 200 && version === 20));
    is(proxy.seen.length, peer.made);
    ok(peer.made <= 2, `${peer.made} tunnels`);
});


test('the provider is who the URL says, whoever is at the end of a tunnel', async () => {
    const peer = await httpsPeer(certificates.wrongName, (request, response) =>
        response.end('hello'));

    // names that nobody but the proxy resolves
    proxy.hosts['elsewhere.example'] = '127.0.0.1';
    proxy.hosts['provider.example'] = '127.0.0.1';

    is((await one({ url: `https://elsewhere.example:${peer.port}/`, ca }))
        .status, 200);
    const other = await refused(
        { url: `https://provider.example:${peer.port}/`, ca }, /certificate/);
    is(other.proxy, 0);
});


test('signatures hold behind a proxy', async () => {
    const answers = [];
    const peer = await httpPeer((request, response) => {
        let body = '';
        request.on('data', (data) => { body += data; });
        request.on('end', () => {
            answers.push(verifySigv4({ method: request.method, url: request.url,
                headers: request.headers, body }, () => 'secret'));
            response.end();
        });
    });

    is((await one({ url: peer.url, method: 'POST', body: '{}', key: 'ID:secret',
        sigv4: 'aws:amz:cn-northwest-1:ce' })).status, 200);
    is(answers[0].error, undefined);
    is(answers[0].region, 'cn-northwest-1');
});


test('hosts that are reached without it', async () => {
    const direct = await httpPeer((request, response) => response.end('direct'),
        { host: '127.0.0.2' });

    is((await one({ url: `http://127.0.0.2:${direct.port}/` })).status, 200);
    is(proxy.seen.length, 0);
    is((await one({ url: `http://LocalHost:${hello.port}/` })).status, 200);
    is(proxy.seen.length, 0);

    // these are not resolvable here: only the proxy knows them
    proxy.hosts['xnear.example'] = '127.0.0.1';
    proxy.hosts['near.example'] = '127.0.0.1';
    is((await one({ url: `http://xnear.example:${hello.port}/` })).status, 200);
    is((await one({ url: `http://near.example:${hello.port}/` })).status, 200);
    is(proxy.seen.length, 1);
    await refused({ url: `http://a.b.near.example:${hello.port}/` }, /resolve/);
    is(proxy.seen.length, 0);
});


test('services of this machine are asked directly', async () => {
    is((await one({ url: hello.url, local: 1 })).status, 200);
    is(proxy.seen.length, 0);
});


test('whose fault it is: the proxy refuses', async () => {
    const peer = await httpsPeer(certificates.good, (request, response) =>
        response.end('hello'));
    const wrong = await through(`http://kim:wrong@127.0.0.1:${proxy.port}`);

    for (const url of [hello.url, peer.url]) {
        const result = await refused({ url, ca }, /proxy.*password.*407/, wrong);
        is(result.proxy, 1);
        ok(!/wrong|kim/.test(result.error), result.error);
    }

    for (const [status, pattern] of [[403, /proxy.*through.*403/],
        [502, /proxy.*reaches.*502/], [302, /proxy.*reaches.*302/]]) {
        proxy.settings.status = status;
        is((await refused({ url: peer.url, ca }, pattern)).proxy, 1);
    }
    proxy.settings.status = 0;

    ok(!/wrong|a b:c|a%20b/.test(nginx.errorLog() + wrong.errorLog()));
});


test('whose fault it is: the proxy does not answer', async () => {
    const port = await freePort();
    const nobody = await through(`http://127.0.0.1:${port}`);
    const dead = await deadEnd();
    const deaf = await through(`http://127.0.0.1:${dead.port}`);
    const peer = await httpsPeer(certificates.good, () => {});

    is((await refused({ url: hello.url }, /proxy does not answer/, nobody))
        .proxy, 1);
    is((await refused({ url: peer.url, ca }, /proxy does not answer/, nobody))
        .proxy, 1);
    is((await refused({ url: hello.url, connect_timeout: 300 },
        /proxy does not answer/, deaf)).proxy, 1);

    proxy.settings.hang = true;
    const hung = await refused({ url: peer.url, ca, timeout: 400 },
        /proxy does not answer/);
    is(hung.proxy, 1);
    is(hung.timedOut, 1);
    proxy.settings.hang = false;
});


test('whose fault it is: the provider', async () => {
    const silent = await httpsPeer(certificates.good, () => {});
    const broken = await rawPeer((socket) => socket.destroy(), 'https');

    is((await refused({ url: silent.url, ca, timeout: 1000 }, /Timeout/))
        .proxy, 0);
    is((await refused({ url: broken.url, ca }, /./)).proxy, 0);
    is((await one({ url: (await httpPeer((request, response) => {
        response.writeHead(503).end();
    })).url })).status, 503);
});


test('redirects are not followed, sizes are limited', async () => {
    const peer = await httpPeer((request, response) => {
        response.writeHead(302, { Location: hello.url }).end('x'.repeat(5000));
    });

    is((await one({ url: peer.url })).status, 302);
    is(proxy.seen.length, 1);
    is((await refused({ url: peer.url, max_body: 100 }, /large/)).proxy, 0);
});
