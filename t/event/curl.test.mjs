// The curl bridge: transfers that go well, and peers that do not behave.

import { createHash } from 'node:crypto';
import { createGzip, gzipSync } from 'node:zlib';

import {
    http2Peer, httpPeer, httpsPeer, makeCertificates, peakMemory, rawPeer,
    startTestNginx,
} from './curl/peers.mjs';
import { freePort } from '../lib/process.mjs';
import { verify as verifySigv4 } from '../lib/sigv4.mjs';
import { deepEqual, diag, is, like, ok, test, until } from '../lib/tap.mjs';
import { now } from '../lib/pace.mjs';


const MB = 1024 * 1024;
const ROUND = 200;

// valgrind and AddressSanitizer have needs of their own
const plainMemory = !process.env.BILLING_WRAP && !process.env.BILLING_NGINX;

const nginx = await startTestNginx({
    // libcurl would take them if it was not told otherwise
    main: 'env http_proxy; env https_proxy; env ALL_PROXY;',
    env: {
        http_proxy: 'http://127.0.0.1:1', https_proxy: 'http://127.0.0.1:1',
        ALL_PROXY: 'http://127.0.0.1:1',
    },
});
const certificates = makeCertificates();
const { ca } = certificates;


const md5 = (data) => createHash('md5').update(data).digest('hex');

async function one(args) {
    const { results } = await nginx.ask(args);

    is(results.length, 1);
    is(results[0].calls, 1, 'callbacks');
    return results[0];
}

async function failure(args) {
    const result = await one(args);

    is(result.status, 0, 'status');
    is(result.length, 0, 'length');
    ok(result.error.length > 0, 'an error text');
    return result;
}

function succeeded({ results, inside }, count, version) {
    is(results.length, count, 'results');
    is(inside, 0, 'no callback inside start()');

    for (const result of results) {
        is(result.error, '');
        is(result.status, 200, 'status');
        is(result.calls, 1, 'callbacks');
        is(result.version, version, 'HTTP version');
    }
}


const hello = await httpPeer((request, response) => response.end('hello'));

test('200 transfers share the allowed connections, then the same ones', async () => {
    succeeded(await nginx.ask({ url: hello.url, n: ROUND }), ROUND, 11);
    const first = hello.made;
    ok(first <= 32, `${first} connections`);

    succeeded(await nginx.ask({ url: hello.url, n: ROUND }), ROUND, 11);
    is(hello.made, first, 'connections after the second round');
    diag('%d transfers, twice: %d connections', ROUND, first);
});


test('the limits of connections, per host and in all', async () => {
    const small = await startTestNginx({
        conf: `curl_test_max_connections 6;
               curl_test_max_host_connections 4;`,
    });
    const busy = [0, 0, 0];
    let most = 0;
    let mostOfHost = 0;

    // HTTP/1.1: as many connections as requests in progress
    const peers = await Promise.all(busy.map((none, i) => httpPeer(
        (request, response) => {
            busy[i]++;
            mostOfHost = Math.max(mostOfHost, busy[i]);
            most = Math.max(most, busy[0] + busy[1] + busy[2]);
            setTimeout(() => {
                busy[i]--;
                response.end('ok');
            }, 5);
        })));
    const answers = await Promise.all(
        peers.map(({ url }) => small.ask({ url, n: 50 })));

    answers.forEach((answer) => succeeded(answer, 50, 11));
    is(mostOfHost, 4);
    is(most, 6);
    await small.end();
});


test('200 transfers over HTTP/2 need few connections', async () => {
    const peer = await http2Peer(certificates.good, (request, response) => {
        response.end('hello');
    });

    // libcurl counts on 100 streams until the peer has told its limit
    succeeded(await nginx.ask({ url: peer.url, ca, n: 90 }), 90, 20);
    ok(peer.made <= 2, `${peer.made} connections`);
    const first = peer.made;

    succeeded(await nginx.ask({ url: peer.url, ca, n: ROUND }), ROUND, 20);
    is(peer.made, first, 'connections after the second round');
    diag('%d transfers over HTTP/2: %d connections', ROUND, first);
});


test('https without HTTP/2', async () => {
    const peer = await httpsPeer(certificates.good, (request, response) => {
        response.end('hello');
    });

    succeeded(await nginx.ask({ url: peer.url, ca, n: 50 }), 50, 11);
    ok(peer.made <= 32, `${peer.made} connections`);
    is(peer.made, peer.most, 'none was closed');
});


test('what a peer gets to see', async () => {
    const seen = [];
    const peer = await httpPeer((request, response) => {
        let body = '';
        request.on('data', (data) => { body += data; });
        request.on('end', () => {
            seen.push({ method: request.method, headers: request.headers, body });
            response.setHeader('Set-Cookie', 'a=b');
            response.end();
        });
    });
    const header = 'X-Client-Secret: s3cr3t';
    const body = JSON.stringify({ text: 'x'.repeat(2000) });

    await one({ url: peer.url, header });
    await one({ url: peer.url, header, method: 'POST', body });
    await one({ url: peer.url, method: 'POST' });
    await one({ url: peer.url, body: '{}' });

    deepEqual(seen.map((request) => request.method),
        ['GET', 'POST', 'POST', 'GET']);
    deepEqual(seen.map((request) => request.body), ['', body, '', '{}']);
    deepEqual(seen.map((request) => request.headers['content-length']),
        [undefined, String(body.length), '0', '2']);
    deepEqual(seen.map((request) => request.headers['x-client-secret']),
        ['s3cr3t', 's3cr3t', undefined, undefined]);

    for (const { headers } of seen) {
        is(headers.expect, undefined);
        is(headers.cookie, undefined);
        is(headers.authorization, undefined);
        like(headers['accept-encoding'], /gzip/);
    }

    is(/s3cr3t/.test(nginx.errorLog()), false, 'a secret in the log');
});


test('signed for AWS: the signature of another implementation', async () => {
    const key = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
    const verdicts = [];
    const peer = await httpPeer(async (request, response) => {
        const chunks = await request.toArray();
        verdicts.push(verifySigv4({
            method: request.method,
            url: request.url,
            headers: request.headers,
            body: Buffer.concat(chunks),
        }, (id) => (id === 'AKIDEXAMPLE' ? key : undefined)));
        response.end();
    });
    const asked = async (args) => {
        await one({ url: peer.url, method: 'POST', sigv4: 'aws:amz:us-east-1:ce',
            key: `AKIDEXAMPLE:${key}`, ...args });
        return verdicts.pop();
    };
    const signed = { id: 'AKIDEXAMPLE', region: 'us-east-1', service: 'ce' };

    deepEqual(await asked({ body: '{"한":1}', header: 'X-Amz-Target:A.B' }),
        { ...signed, names: ['host', 'x-amz-date', 'x-amz-target'] });
    deepEqual(await asked({ body: 'x'.repeat(3000),
        header: 'X-Amz-Security-Token: a/b+c==' }),
    { ...signed, names: ['host', 'x-amz-date', 'x-amz-security-token'] });
    deepEqual(await asked({ body: '', sigv4: 'aws:amz:eu-west-1:sts' }),
        { ...signed, region: 'eu-west-1', service: 'sts',
            names: ['host', 'x-amz-date'] });
    deepEqual(await asked({ body: 'a', key: `AKIDEXAMPLE:${key}x` }),
        { error: 'InvalidSignatureException' });

    is(nginx.errorLog().includes(key), false, 'a secret in the log');
});


test('a response that arrives byte by byte', async () => {
    const body = 'The quick brown fox. '.repeat(40);
    const text = 'HTTP/1.1 200 OK\r\nConnection: close\r\n'
        + `Content-Length: ${body.length}\r\n\r\n${body}`;
    const peer = await rawPeer((socket) => {
        socket.setNoDelay(true);
        socket.once('data', () => writeSlowly(socket, text));
    });
    const result = await one({ url: peer.url });

    is(result.status, 200);
    is(result.md5, md5(body));
});

function writeSlowly(socket, text, at = 0) {
    if (at === text.length) {
        socket.end();
        return;
    }
    socket.write(text[at], () => {
        setImmediate(() => writeSlowly(socket, text, at + 1));
    });
}


test('a large response is whole, plain and compressed', async () => {
    const body = Buffer.alloc(20 * MB, 'abcdefghijklmnopqrstuvwxyz\n');
    const peer = await httpPeer((request, response) => {
        if (request.url === '/gzip') {
            response.setHeader('Content-Encoding', 'gzip');
            response.end(gzipSync(body));
            return;
        }
        response.end(body);
    });

    for (const url of [peer.url, `${peer.url}gzip`]) {
        const result = await one({ url, max_body: 32 * MB });
        is(result.length, body.length, 'length');
        is(result.md5, md5(body));
    }
});


test('the size limit is exact, and counts what is unpacked', async () => {
    const peer = await httpPeer((request, response) => {
        const body = Buffer.alloc(Number(request.url.slice(2)), 'x');
        const packed = request.url[1] === 'z';
        response.setHeader('Content-Encoding', packed ? 'gzip' : 'identity');
        response.write(packed ? gzipSync(body) : body);
        response.end();
    });

    for (const kind of ['p', 'z']) {
        const fits = await one({ url: `${peer.url}${kind}1000`, max_body: 1000 });
        is(fits.length, 1000);

        const result = await failure(
            { url: `${peer.url}${kind}1001`, max_body: 1000 });
        is(result.error, 'Response body is too large');
    }
});


// The peak of a worker that has not had large responses before.
async function memoryGrowth(fn) {
    const fresh = await startTestNginx();
    const { pid } = await fresh.stats();
    const before = peakMemory(pid);

    await fn(fresh);

    const growth = peakMemory(pid) - before;
    diag('peak memory grew by %d kB', growth);
    ok(!plainMemory || growth < 16 * 1024, `grew by ${growth} kB`);
    await fresh.end();
}


test('100 MB are refused without being read or kept', async () => {
    let most = 0;
    const endless = (socket) => {
        const chunk = Buffer.alloc(64 * 1024, 'x');
        const more = () => {
            while (!socket.destroyed && socket.bytesWritten < 100 * MB) {
                most = Math.max(most, socket.bytesWritten);
                if (!socket.write(chunk)) {
                    socket.once('drain', more);
                    return;
                }
            }
            socket.end();
        };
        more();
    };
    const peer = await rawPeer((socket) => {
        socket.once('data', (data) => {
            const length = /^GET .known/.test(data) ? 100 * MB : 0;
            socket.write('HTTP/1.1 200 OK\r\n' + (length
                ? `Content-Length: ${length}\r\n\r\n` : '\r\n'));
            endless(socket);
        });
    });

    await memoryGrowth(async ({ ask }) => {
        for (const path of ['known', 'unknown']) {
            const { results } = await ask(
                { url: peer.url + path, max_body: MB, n: 4 });
            deepEqual(results.map((result) => result.error),
                Array(4).fill('Response body is too large'));
        }
    });
    ok(most > MB && most < 50 * MB, `${most} bytes could be sent`);
});


test('all bodies together take no more memory than they may', async () => {
    const small = await startTestNginx({ conf: 'curl_test_max_memory 4m;' });
    const waiting = [];
    const peer = await httpPeer((request, response) => {
        response.write(Buffer.alloc(MB));
        waiting.push(response);
    });

    // each keeps its first part until all of them have sent it
    const answer = small.ask({ url: peer.url, n: 6 });
    await until(() => waiting.length === 6, 'all to have begun');
    waiting.forEach((response) => response.end());

    const { results } = await answer;
    const texts = results.map(({ status, error }) => (status || error));
    is(texts.filter((text) => text === 200).length >= 3, true, texts.join());
    ok(texts.includes('Response bodies take too much memory'), texts.join());

    // and when they are gone, there is room again
    const one = small.ask({ url: peer.url, n: 1 });
    await until(() => waiting.length === 7, 'the next one');
    waiting[6].end();
    is((await one).results[0].status, 200);
    await small.end();
});


test('a gzip bomb', async () => {
    const gzip = createGzip();
    const bomb = [];
    gzip.on('data', (data) => bomb.push(data));
    for (let i = 0; i < 256; i++) {
        gzip.write(Buffer.alloc(MB));
    }
    gzip.end();
    await new Promise((resolve) => gzip.on('end', resolve));

    const peer = await httpPeer((request, response) => {
        response.setHeader('Content-Encoding', 'gzip');
        response.end(Buffer.concat(bomb));
    });

    await memoryGrowth(async ({ ask }) => {
        const { results } = await ask({ url: peer.url, max_body: 4 * MB });
        is(results[0].error, 'Response body is too large');
    });
    diag('256 MB were sent in %d bytes', Buffer.concat(bomb).length);
});


const silent = await rawPeer(() => {});

test('a peer that never answers: the deadline', async () => {
    const begin = Date.now();
    const paced = now();
    const result = await failure({ url: silent.url, timeout: 300 });
    const took = Date.now() - begin;

    is(result.timedOut, 1);
    is(result.error, 'Timeout was reached');
    ok(took >= 290 && now() - paced < 15_000, `${took} ms`);
});


test('the deadline holds for those that wait for a connection', async () => {
    const begin = Date.now();
    const paced = now();
    const { results } = await nginx.ask(
        { url: silent.url, timeout: 500, n: ROUND });
    const took = Date.now() - begin;

    is(results.length, ROUND);
    ok(results.every((result) => result.timedOut === 1), 'all timed out');
    ok(now() - paced < 15_000, `${took} ms`);
    diag('%d deadlines of 500 ms: %d ms', ROUND, took);
});


test('a TLS handshake that never ends: the connect timeout', async () => {
    const peer = await rawPeer(() => {}, 'https');
    const result = await failure(
        { url: peer.url, ca, connect_timeout: 300, timeout: 60_000 });

    is(result.timedOut, 1);
    is(peer.made, 1);
});


test('a peer that resets, closes early, talks nonsense', async () => {
    const peers = {
        reset: (socket) => socket.resetAndDestroy(),
        nothing: (socket) => socket.end(),
        part: (socket) => socket.end(
            'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'),
        chunk: (socket) => socket.end('HTTP/1.1 200 OK\r\n'
            + 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'),
        nonsense: (socket) => socket.end('ni hao\r\n\r\n'),
        encoding: (socket) => socket.end('HTTP/1.1 200 OK\r\n'
            + 'Content-Encoding: rot13\r\nContent-Length: 2\r\n\r\nhi'),
        notGzip: (socket) => socket.end('HTTP/1.1 200 OK\r\n'
            + 'Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhi'),
    };

    for (const [name, misbehave] of Object.entries(peers)) {
        const peer = await rawPeer((socket) => {
            socket.once('data', () => misbehave(socket));
        });
        const result = await failure({ url: peer.url, timeout: 10_000 });

        is(result.timedOut, 0, name);
        diag('%s: %s', name, result.error);
    }
});


test('HTTP/2: streams that are reset, a peer that takes its leave', async () => {
    const ends = {
        reset: ({ stream }) => stream.close(2), // INTERNAL_ERROR
        part: ({ stream }) => {
            stream.respond({ ':status': 200 });
            stream.write('half', () => stream.session.destroy());
        },
        goaway: ({ stream }) => {
            stream.session.goaway(11); // ENHANCE_YOUR_CALM
            stream.session.destroy();
        },
    };
    let end;
    const peer = await http2Peer(certificates.good, (request, response) => {
        if (end) {
            end(request);
        } else {
            response.end('hello');
        }
    });

    for (end of Object.values(ends)) {
        is((await failure({ url: peer.url, ca, timeout: 10_000 })).timedOut, 0);
    }

    // the next one goes over another connection, without being lost
    end = undefined;
    succeeded(await nginx.ask({ url: peer.url, ca, n: 5 }), 5, 20);
    end = ({ stream }) => {
        stream.session.goaway(0);
        stream.respond({ ':status': 200 });
        stream.end('hello');
        end = undefined;
    };
    succeeded(await nginx.ask({ url: peer.url, ca }), 1, 20);
    succeeded(await nginx.ask({ url: peer.url, ca, n: 5 }), 5, 20);
});


test('an idle connection that the peer has closed is not used again', async () => {
    const peer = await httpPeer((request, response) => response.end('hello'));

    await one({ url: peer.url });
    peer.sockets.forEach((socket) => socket.destroy());
    succeeded(await nginx.ask({ url: peer.url, method: 'POST' }), 1, 11);
    is(peer.made, 2);
});


test('places that are not there', async () => {
    const refused = await failure({ url: `http://127.0.0.1:${await freePort()}/` });
    // of libcurl 7 and 8
    like(refused.error, /^Could(n't| not) connect to server$/);

    const unknown = await failure({ url: 'http://no-such-host.invalid/' });
    like(unknown.error, /^Could(n't| not) resolve (host name|hostname)$/);

    like((await failure({ url: 'http://' })).error, /URL/);
    like((await failure({ url: 'ftp://127.0.0.1/' })).error, /protocol/);
    like((await failure({ url: 'file:///etc/passwd' })).error, /protocol/);
});


test('certificates that do not hold', async () => {
    const answer = (request, response) => response.end('hello');
    const good = await http2Peer(certificates.good, answer);
    const wrongName = await http2Peer(certificates.wrongName, answer);
    const expired = await http2Peer(certificates.expired, answer);
    const refused = /certificate/;

    like((await failure({ url: good.url })).error, refused);
    like((await failure({ url: good.url, ca: certificates.otherCa })).error,
        refused);
    like((await failure({ url: wrongName.url, ca })).error, refused);
    like((await failure({ url: expired.url, ca })).error, refused);
    like((await failure({ url: good.url, ca: '/nowhere.pem' })).error, /CA cert/);

    // a connection that was made with one authority is not lent to another
    is((await one({ url: good.url, ca })).status, 200);
    like((await failure({ url: good.url })).error, refused);
});


test('old TLS is refused', async () => {
    const peer = await httpsPeer({
        ...certificates.good, minVersion: 'TLSv1', maxVersion: 'TLSv1.1',
        ciphers: 'DEFAULT@SECLEVEL=0',
    }, (request, response) => response.end('hello'));

    like((await failure({ url: peer.url, ca })).error, /SSL/);
});


test('statuses are passed on as they are, redirects too', async () => {
    const peer = await httpPeer((request, response) => {
        response.writeHead(Number(request.url.slice(1)), { Location: '/200' });
        response.end();
    });

    for (const status of [204, 302, 401, 404, 500, 503]) {
        const result = await one({ url: peer.url + status });
        is(result.status, status);
        is(result.length, 0);
    }
});


test('Retry-After in seconds or as a date', async () => {
    const peer = await httpPeer((request, response) => {
        const value = decodeURIComponent(request.url.slice(1));
        response.writeHead(429, value ? { 'Retry-After': value } : {});
        response.end();
    });
    const asked = async (value) => (await one({
        url: peer.url + encodeURIComponent(value),
    })).retryAfter;
    const several = await httpPeer((request, response) => {
        response.writeHead(429, {
            'x-ms-ratelimit-microsoft.costmanagement-entity-retry-after': '20',
            'x-ms-ratelimit-microsoft.costmanagement-qpu-retry-after': '31',
            'x-ms-ratelimit-microsoft.costmanagement-client-retry-after': 'no',
            'Retry-After': '5',
            'x-retry-after-all': '99',
        });
        response.end();
    });
    const date = (seconds) => new Date(Date.now() + seconds * 1000).toUTCString();

    is(await asked(''), -1, 'none');
    is(await asked('7'), 7);
    is(await asked('0'), 0);
    is(await asked('soon'), -1, 'nonsense');
    is(await asked('-5'), -1, 'negative');
    is(await asked('99999999999999999999999'), 0x7fffffff, 'overflow');
    is(await asked(date(-3600)), 0, 'past');
    is((await one({ url: several.url })).retryAfter, 31, 'the longest of all');

    const later = await asked(date(100));
    ok(later >= 95 && later <= 101, `${later} seconds from a date`);
});


test('the worker is none the worse for it', async () => {
    const { connections, running } = await nginx.stats();

    is(running, 0);
    // the listening one, the channel of the master, this request
    ok(connections <= 4, `${connections} connections in use`);
    is(nginx.workers().length, 1);
    await nginx.end();
});
