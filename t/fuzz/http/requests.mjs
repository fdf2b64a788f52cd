// The grammar: requests made from openapi.json, most of them nearly right.
//
// A request is { method, target, bytes, methods, strict, who }: target is
// relative to "api/v1/"; strict says that HTTP itself is kept, so that the
// answer has to be one of the document's.

import { openapi, operations } from '../../lib/openapi.mjs';
import { TEXTS, broken, spoiled, textOf, valid } from './values.mjs';


const BASE = '/billing/api/v1/';

// What needs a body of its own is rare enough by itself.
const WEIGHTS = { 'GET /costs/stream': 1, 'POST /reseal': 0.1,
    'POST /migrate': 0.1,
    'PUT /providers/{id}': 1, 'GET /costs': 6, 'POST /service-accounts': 4,
    'POST /projects': 5, 'POST /project-groups': 4 };


export class Grammar {
    // things: { ids(kind), etag(id), credentials() }, what there is by now
    constructor(random, things) {
        this.random = random;
        this.things = things;
        this.operations = operations.map(([path, method, operation]) =>
            [WEIGHTS[`${method} ${path}`] ?? 2, { path, method, operation }]);
        this.bodies = []; // that were sent with an Idempotency-Key
    }

    next() {
        const { random } = this;
        const chosen = random.weighted(this.operations);
        const request = {
            path: chosen.path, method: chosen.method, strict: true,
            version: '1.1', headers: [], who: this.identity(),
        };

        request.target = this.target(chosen);
        this.headers(request, chosen.operation);
        request.body = this.body(chosen, request);
        if (random.chance(12)) {
            this.twist(request);
        }
        return this.wired(request);
    }

    identity() {
        const { random } = this;

        return random.weighted([
            [80, () => ({ 'X-User': 'kim', 'X-Role': 'admin' })],
            [8, () => ({ 'X-User': 'lee', 'X-Role': 'member' })],
            [4, () => ({ 'X-User': 'choi', 'X-Role': 'member', 'X-Projects':
                this.things.ids('projects').slice(0, 3).join(',') || 'none' })],
            [2, () => ({ 'X-Role': 'admin' })],
            [2, () => ({ 'X-User': 'eve', 'X-Role': random.pick(
                ['guest', 'ADMIN', 'admin ', 'admin,member', ' ']) })],
            [2, () => ({ 'X-User': 'kim', 'X-Role': 'admin', 'X-Domain':
                random.pick(['other.d', 'a/b', '*', '..', 'x'.repeat(65),
                    '{a}', 'a b', 'é', 'default:x']) })],
            [2, () => ({ 'X-User': random.pick(['é', '"', '<b>',
                'u'.repeat(300), ' ']), 'X-Role': 'admin' })],
        ])();
    }

    target({ path, operation }) {
        const { random } = this;
        const kind = path.split('/')[1];
        const id = random.weighted([
            [90, () => random.pick(kind === 'providers'
                ? ['hyperbilling_aws', 'aws', 'azure', 'google_cloud', 'x']
                : [...this.things.ids(kind), 'sa-000000000000'])],
            [10, () => encodeURIComponent(random.pick(TEXTS).slice(0, 500)
                .replace(/[\ud800-\udfff\u0000/]|^\.+$|^$/g, 'x'))],
        ])();
        const all = [...openapi.paths[path].parameters ?? [],
            ...operation.parameters ?? []].map(resolve)
            .filter(({ in: where }) => where === 'query');

        return path.slice(1).replace('{id}', id) + this.query(all);
    }

    query(parameters) {
        const { random } = this;
        const parts = parameters.filter(() => random.chance(
            parameters.length > 6 ? 25 : 35)).flatMap((parameter) =>
            [].concat(this.argument(parameter)).map((value) =>
                `${parameter.name}=${encoded(`${value}`)}`));

        if (random.chance(6)) {
            parts.push(random.pick(['x=1', '=', '&', '%zz=1', 'limit=%', 'q',
                'q=%ff', 'q=%00', 'sort=%ed%a0%80', parts[0] ?? 'a=b&a=b',
                'group_by=service,service', 'group_by=', 'start=0000-00',
                'limit=1e3', 'limit=0x10', 'limit=99999999999999999999',
                `q=${'x'.repeat(3000)}`]));
        }
        return parts.length === 0 ? '' : `?${parts.join('&')}`;
    }

    argument({ name, schema }) {
        const { random } = this;

        if (random.chance(6)) {
            return random.pick(TEXTS).slice(0, 400);
        }
        switch (name) {
        case 'refresh': return random.chance(10) ? 'true' : 'false';
        case 'start': return random.pick(['2026-01', '2026-09', '2026-11',
            '2026-11-01', '2026-11-10', '2025-01', '1970-01', '9999-12']);
        case 'end': return random.pick(['2026-11', '2026-11-20', '2026-10',
            '2026-02-30', '2027-01']);
        case 'group_by': return random.pick(['service', 'region,service',
            'provider,project,account,linked_account,region,service',
            'account', 'project', 'linked_account,nothing']);
        case 'sort': return random.pick(['sum', '-sum', 'magnitude', '-magnitude',
            '2026-11', '-2026-10', '2026-11-20', '-', '--sum']);
        case 'format': return random.pick(['json', 'csv', 'focus', 'xml']);
        case 'for': return random.pick(['spreadsheet', 'program', 'me']);
        case 'version': return random.pick(['1.0', '1.2', '1.4', '1']);
        case 'project': return random.pick(this.things.ids('projects')
            .concat('project-000000000000'));
        case 'account': return random.pick(this.things.ids('service-accounts')
            .concat('sa-000000000000'));
        case 'currency': return random.pick(['USD', 'KRW', 'usd', 'US']);
        default: return valid(schema, random, () => undefined);
        }
    }

    headers({ headers, path, method }, operation) {
        const { random } = this;
        const names = (operation.parameters ?? []).map(resolve)
            .filter(({ in: where }) => where === 'header')
            .map(({ name }) => name);

        if (names.includes('If-None-Match') && random.chance(30)) {
            headers.push(['If-None-Match', random.pick(['*', '"1"', 'W/"1"',
                '"', '""', '"a","b"', `"${'a'.repeat(32)}-gz"`, 'x', ','])]);
        }
        if (/^(PATCH|DELETE)$/.test(method) && random.chance(92)) {
            headers.push(['If-Match', this.match]);
        }
        if (names.includes('Last-Event-ID') && random.chance(20)) {
            headers.push(['Last-Event-ID', random.pick(
                ['1', '', '-1', 'x'.repeat(100)])]);
        }
        if (random.chance(15)) {
            headers.push(['Accept', random.pick(['application/json', '*/*',
                'text/csv', 'text/html', 'text/event-stream', 'application/*',
                'application/json;q=0', '*/*;q=0', 'text/csv;q=1.000', ';;,',
                'application/problem+json', 'a/b, */*;q=0.1', '/', ''])]);
        }
        if (random.chance(10)) {
            headers.push(['Accept-Encoding', random.pick(['gzip', 'br',
                'gzip;q=0', '*', 'identity;q=0', 'gzip, br;q=0.5', ';q=',
                'deflate'])]);
        }
        if (random.chance(8)) {
            headers.push(random.pick([['Sec-Fetch-Site', 'cross-site'],
                ['Sec-Fetch-Site', 'same-origin'], ['Sec-Fetch-Site', ''],
                ['Origin', 'http://evil.test'], ['Origin', 'null'],
                ['Origin', ''], ['X-Forwarded-For', '::1, x'],
                ['Cookie', 'x_role=admin'], ['Range', 'bytes=0-1'],
                ['If-Modified-Since', 'Mon, 23 Nov 2026 00:00:00 GMT'],
                ['If-Unmodified-Since', 'x'], ['Content-Language', 'ko']]));
        }
        if (path === '/costs/stream') {
            headers.push(['Accept', 'text/event-stream']);
        }
    }

    // of what is in the path; a function, for the path comes first
    match = (target) => {
        const { random } = this;
        const id = /[^/?]+(?=\?|$)/.exec(target)?.[0];

        return random.weighted([
            [85, this.things.etag(id) ?? '"1"'],
            [15, random.pick(['*', '"0"', '"999999999999999999999"', '1', '',
                'W/"1"', '"1", "2"', '"', '"-1"', '"1"x', ',,,'])],
        ]);
    };

    body({ path, method, operation }, { headers }) {
        const { random } = this;
        const content = operation.requestBody?.content;

        if (content === undefined) {
            return random.chance(4) ? Buffer.from('{"x":1}') : undefined;
        }

        const [type, { schema }] = random.pick(Object.entries(content));
        let value = valid(schema, random, this.pool);

        for (let n = random.weighted([[70, 0], [25, 1], [5, 3]]); n > 0; n--) {
            value = broken(value, random);
        }

        let bytes = Buffer.from(textOf(value));
        if (random.chance(4)) {
            bytes = spoiled(bytes, random);
        }
        if (method === 'POST' && random.chance(15)) {
            bytes = this.idempotent(path, headers, bytes);
        }
        if (random.chance(96)) {
            headers.push(['Content-Type', random.chance(92) ? type
                : random.pick(['text/plain', 'application/jsonx', '',
                    'application/json; charset=utf-8', 'APPLICATION/JSON',
                    'application/json;charset=latin1', 'multipart/form-data'])]);
        }
        if (random.chance(2)) {
            headers.push(['Content-Encoding', random.pick(['gzip', 'identity'])]);
        }
        return bytes;
    }

    // The key of before, with the body of before or another one.
    idempotent(path, headers, bytes) {
        const { random } = this;
        const before = this.bodies.filter((one) => one.path === path);
        const same = before.length > 0 && random.chance(40)
            ? random.pick(before) : undefined;
        const key = same?.key ?? random.pick([`key-${random.below(1e9)}`,
            'a'.repeat(255), 'a'.repeat(300), 'é', '"quoted"', 'a b', '']);

        headers.push(['Idempotency-Key', key]);
        if (same === undefined) {
            this.bodies.push({ path, key, bytes });
            return bytes;
        }
        return random.chance(70) ? same.bytes : bytes;
    }

    // What a schema does not tell: ids that are there, credentials that work.
    pool = (node, name) => {
        const { random } = this;
        const id = (kind) => random.chance(95) && this.things.ids(kind).length > 0
            ? random.pick(this.things.ids(kind)) : undefined;

        switch (name) {
        case 'parent_id': case 'group_id':
            return id('project-groups') ?? 'pg-000000000000';
        case 'project_id':
            return id('projects') ?? 'project-000000000000';
        case 'provider':
            return 'hyperbilling_aws';
        case 'credentials':
            return this.things.credentials(random);
        case 'name':
            return random.chance(3) ? random.pick(TEXTS).slice(0, 70)
                : random.chance(85) ? `Name ${random.below(1e9)}` : undefined;
        default:
            return undefined;
        }
    };

    // Leaves the path of what is usual.
    twist(request) {
        const { random } = this;

        random.weighted([
            [3, () => {
                request.method = random.pick(['HEAD', 'OPTIONS', 'POST', 'PUT',
                    'PATCH', 'DELETE', 'PROPFIND', 'FOO-BAR', 'GET']);
            }],
            [1, () => {
                request.method = random.pick(['TRACE', 'CONNECT', 'get', 'G\0T',
                    'G T', 'X'.repeat(100)]);
                request.strict = false;
            }],
            [2, () => {
                request.target = random.pick(['', '/', 'x', 'costs/', '/costs',
                    'projects//', 'COSTS', './costs', 'x/../projects', '%63osts',
                    'projects/a/b/c', 'costs;x', 'costs%00', 'costs%2f',
                    '..%2f..%2f', '../../etc/passwd', '%', '%ff', '\\costs',
                    `${'a/'.repeat(200)}`, 'x'.repeat(20_000), 'é']);
                request.strict = false;
            }],
            [2, () => {
                request.headers.push(random.pick([['X-Long', 'x'.repeat(9000)],
                    ['X-Obs', 'a\r\n b'], ['', 'x'], ['X Y', 'x'],
                    ['X-Bin', '\u00ff\u0080'], ['X-Nul', 'a\0b'],
                    ['Host', 'evil.test'], ['Content-Length', '5'],
                    ['Content-Length', '-1'], ['Content-Length', 'x'],
                    ['Content-Length', '99999999999999999999'],
                    ['Transfer-Encoding', 'gzip'],
                    ['Transfer-Encoding', 'chunked, chunked'],
                    ['Transfer-Encoding', 'chunked'], ['X_Under', 'x'],
                    ['Upgrade', 'h2c'], ['Expect', 'x'],
                    ['Connection', 'X-User, close']]));
                request.strict = false;
            }],
            [2, () => { request.version = '1.0'; }],
            [1, () => {
                request.version = random.pick(['2.0', '0.9', '1.2', '1.1x', '']);
                request.strict = false;
            }],
            [2, () => { request.chunked = true; }],
            [2, () => { request.pipelined = true; }],
            [1, () => { request.split = true; }],
            [1, () => { request.cut = true; }],
            [1, () => {
                if (request.body !== undefined) {
                    request.headers.push(['Expect', '100-continue']);
                }
            }],
        ])();
    }

    wired(request) {
        const { random } = this;
        const { body, chunked } = request;
        const lines = [`${request.method} ${BASE}${request.target} HTTP/${
            request.version}`, 'Host: billing.test'];
        const all = [...Object.entries(request.who), ...request.headers];

        for (const [name, value] of all) {
            lines.push(`${name}: ${typeof value === 'function'
                ? value(request.target) : value}`);
        }
        if (body !== undefined) {
            lines.push(chunked ? 'Transfer-Encoding: chunked'
                : `Content-Length: ${body.length}`);
        }

        const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`,
            random.chance(98) ? 'utf8' : 'latin1');
        const tail = body === undefined ? Buffer.alloc(0)
            : chunked ? inChunks(body, random) : body;
        let bytes = Buffer.concat([head, tail]);

        request.methods = [request.method];
        if (request.pipelined) {
            bytes = Buffer.concat([bytes, Buffer.from(
                `GET ${BASE}session HTTP/1.1\r\nHost: b\r\nX-User: kim\r\n`
                + 'X-Role: admin\r\n\r\n')]);
            request.methods.push('GET');
        }
        request.bytes = request.cut
            ? bytes.subarray(0, random.below(bytes.length)) : bytes;
        request.parts = request.split ? inParts(request.bytes, random)
            : [request.bytes];
        return request;
    }
}


function resolve(node) {
    return node.$ref === undefined ? node : node.$ref.split('/').slice(1)
        .reduce((at, name) => at[name], openapi);
}


// Of a lone surrogate there is no encoding.
function encoded(text) {
    return encodeURIComponent(text.replace(/\p{Cs}/gu, 'x'))
        .replace(/%2C/g, ',');
}


function inChunks(body, random) {
    const parts = [];

    for (let at = 0; at < body.length;) {
        const size = Math.min(body.length - at, 1 + random.below(500));
        parts.push(Buffer.from(`${size.toString(16)}${random.chance(10)
            ? ';ext=1' : ''}\r\n`), body.subarray(at, at + size),
        Buffer.from('\r\n'));
        at += size;
    }
    return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
}


function inParts(bytes, random) {
    const parts = [];

    for (let at = 0; at < bytes.length && parts.length < 50;) {
        const size = parts.length === 49 ? bytes.length
            : 1 + random.below(200);
        parts.push(bytes.subarray(at, at + size));
        at += size;
    }
    return parts;
}


