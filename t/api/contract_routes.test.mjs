// openapi.json is what is served, and holds together; t/lint/endpoints.test.mjs
// holds it against the module's endpoints.

import { readFileSync } from 'node:fs';

import { people, startContract } from '../lib/contract.mjs';
import { compile, openapi, operations } from '../lib/openapi.mjs';
import { deepEqual, is, ok, test } from '../lib/tap.mjs';


const source = (name) => readFileSync(
    new URL(`../../src/http/${name}`, import.meta.url), 'utf8');
const { call, get, raw, redis } = await startContract();

// every object of the document, with its place
function* objects(node, place = '#') {
    if (typeof node === 'object' && node !== null) {
        yield [place, node];
        for (const [name, value] of Object.entries(node)) {
            yield* objects(value, `${place}/${name}`);
        }
    }
}


test('the document is served as it is', async () => {
    const { text, headers } = await get('openapi.json');

    is(text, source('openapi.json'));
    is(Number(headers['content-length']), Buffer.byteLength(text));
});


test('its schemas are schemas, its references lead somewhere', () => {
    for (const [place, node] of objects(openapi)) {
        if (typeof node.$ref === 'string') {
            ok(node.$ref.split('/').slice(1)
                .reduce((at, name) => at?.[name], openapi) !== undefined,
            `${node.$ref} at ${place}`);
        }
        if (typeof node.schema === 'object' && /\/(content|param)/.test(place)) {
            compile(node.schema);
        }
    }

    const ids = operations.map(([, , { operationId }]) => operationId);
    is(new Set(ids).size, ids.length);
});


test('each operation has the answers that any of its kind has', () => {
    for (const [path, method, { responses, requestBody, security }]
        of operations) {
        const all = [
            '406', ...security ? [] : ['401', '403'],
            ...requestBody ? ['400', '413', '415', '422'] : [],
            ...path.includes('{id}') ? ['404'] : [],
            ...['PATCH', 'DELETE'].includes(method) ? ['412', '428'] : [],
        ];

        deepEqual(all.filter((status) => !(status in responses)), [],
            `${method} ${path}`);
    }
});


test('health needs no identity, and tells nothing else', async () => {
    const { text } = await get('health', { who: people.nobody });
    is(text, '{"redis":"ok"}');

    const [answer] = await raw(
        'GET /wire/api/v1/health HTTP/1.0\r\n\r\n');
    is(answer.text, text);

    for (const who of [people.stranger, people.all,
        { 'x-domain': '{x}', ...people.admin }]) {
        is((await get('health', { who })).text, text);
        is((await call('HEAD', 'health', { who })).status, 200);
    }

    await redis.stop();
    const { status, json } = await get('health', { who: people.nobody });
    is(status, 503);
    is(/redis:|127\.0|\d{4,5}\b/.test(json.detail), false, json.detail);
});
