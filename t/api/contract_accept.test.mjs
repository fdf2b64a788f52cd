// What representation is answered: Accept, HEAD, Allow, conditions.

import { people, startContract } from '../lib/contract.mjs';
import { allowed, openapi, operations } from '../lib/openapi.mjs';
import { deepEqual, is, like, ok, test } from '../lib/tap.mjs';


const { call, get, sandbox, createGroup, createProject, createAccount }
    = await startContract();
const { single } = sandbox.credentials;

const group = await createGroup('group');
const project = await createProject('project', group.id);
const account = await createAccount('account', project.id, single);

const JSON_TYPE = 'application/json';
const CSV_TYPE = 'text/csv; charset=utf-8';

// A path of openapi.json with an id that there is.
const real = (path) => path.slice(1)
    .replace('projects/{id}', `projects/${project.id}`)
    .replace('project-groups/{id}', `project-groups/${group.id}`)
    .replace('service-accounts/{id}', `service-accounts/${account.id}`)
    .replace('providers/{id}', 'providers/hyperbilling_aws');

// A stream of events has an end, but no length and no tag.
const streams = ({ responses }) =>
    responses[200]?.content['text/event-stream'] !== undefined;
const readable = operations
    .filter(([, method, operation]) => method === 'GET' && !streams(operation))
    .map(([path]) => real(path));


// Accept, and which media type it gets: of costs, and of all else (null: 406).
const ACCEPT = [
    [undefined, JSON_TYPE, JSON_TYPE],
    ['', JSON_TYPE, JSON_TYPE],
    ['*/*', JSON_TYPE, JSON_TYPE],
    ['application/json', JSON_TYPE, JSON_TYPE],
    ['APPLICATION/JSON', JSON_TYPE, JSON_TYPE],
    ['application/*', JSON_TYPE, JSON_TYPE],
    ['application/json; charset=utf-8', JSON_TYPE, JSON_TYPE],
    ['text/html, application/json;q=0.1', JSON_TYPE, JSON_TYPE],
    ['text/html,application/xhtml+xml,*/*;q=0.8', JSON_TYPE, JSON_TYPE],
    ['application/json;q=0.001', JSON_TYPE, JSON_TYPE],
    ['application/json;q=1.000', JSON_TYPE, JSON_TYPE],
    ['application/json ; q=0.5 , text/html', JSON_TYPE, JSON_TYPE],
    ['application/json;Q=0, */*', CSV_TYPE, null],
    ['application/json;q=0', null, null],
    ['application/json;q=0.000', null, null],
    ['*/*;q=0', null, null],
    ['*/*;q=0, application/json', JSON_TYPE, JSON_TYPE],
    ['application/*;q=0, */*', CSV_TYPE, null],
    ['text/csv', CSV_TYPE, null],
    ['text/*', CSV_TYPE, null],
    ['text/csv, application/json', JSON_TYPE, JSON_TYPE],
    ['text/csv, application/json;q=0.9', CSV_TYPE, JSON_TYPE],
    ['text/csv;q=0.2, application/json;q=0.3', JSON_TYPE, JSON_TYPE],
    ['text/csv, */*;q=0.1', CSV_TYPE, JSON_TYPE],
    ['text/csv;q=0, text/*', null, null],
    ['text/html', null, null],
    ['application/xml', null, null],
    ['application/problem+json', null, null],
    ['application/jsonx, json, application', null, null],
    ['text/html;x="application/json"', null, null],
    [';', null, null],
    [[ 'text/html', 'application/json' ], JSON_TYPE, JSON_TYPE],
];


test('Accept', async () => {
    for (const [accept, ofCosts, ofOthers] of ACCEPT) {
        for (const target of ['costs', 'projects', 'health']) {
            const type = target === 'costs' ? ofCosts : ofOthers;
            const { status, headers, code } = await get(target,
                { headers: { accept } });

            is(status, type === null ? 406 : 200, `${target}, ${accept}`);
            is(headers['content-type'], type ?? 'application/problem+json',
                `${target}, ${accept}`);
            is(code, type === null ? 'not_acceptable' : undefined);
            is(headers['x-billing-complete'],
                type === CSV_TYPE ? 'true' : undefined);
        }
    }
});


test('Accept is asked for before anything is written', async () => {
    const before = (await get('projects')).json.total;

    is((await call('POST', 'projects', { body: { name: 'unacceptable' },
        headers: { accept: 'text/html' } })).status, 406);
    is((await get('projects')).json.total, before);
});


test('HEAD is GET without its body', async () => {
    for (const target of [...readable, 'none', 'projects/none',
        'costs?limit=0']) {
        await get(target);
        const full = await get(target);
        const head = await call('HEAD', target);
        const same = ({ status, headers: { date, ...headers } }) =>
            ({ status, headers });

        deepEqual(same(head), same(full), target);
        ok(Number(head.headers['content-length']) > 0, target);
    }
});


test('every path allows its methods and no others', async () => {
    for (const path of Object.keys(openapi.paths)) {
        for (const method of ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE',
            'OPTIONS', 'PROPFIND', 'MKCOL']) {
            if (allowed(path).includes(method)) {
                continue;
            }
            const { status, headers, code } = await call(method, real(path));

            is(status, 405, `${method} ${path}`);
            is(code, method === 'HEAD' ? undefined : 'method_not_allowed');
            is(headers.allow, allowed(path).join(', '), `${method} ${path}`);
        }
    }
});


test('reads have a strong ETag that 304 goes by', async () => {
    for (const target of readable.filter((name) =>
        /costs|dashboard|-[0-9a-f]{12}$/.test(name))) {
        await get(target);
        const { headers: { etag } } = await get(target);

        like(etag, /^"[^"]+"$/, target);
        for (const [value, status] of [[etag, 304], [`W/${etag}`, 304],
            [`"x", ${etag}`, 304], ['*', 304],
            ['"x"', 200], [etag.slice(1, -1), 200], ['', 200]]) {
            for (const method of ['GET', 'HEAD']) {
                const answer = await call(method, target,
                    { headers: { 'if-none-match': value } });

                is(answer.status, status, `${method} ${target}, ${value}`);
                is(answer.headers.etag, etag);
            }
        }
    }
});


test('a member gets another ETag for other figures', async () => {
    const tag = async (who) => (await get('costs', { who })).headers.etag;

    is(await tag(people.admin), await tag(people.all));
    is(await tag(people.admin) === await tag(people.none), false);
});
