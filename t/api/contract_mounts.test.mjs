// Where the API is mounted, and that domains are worlds of their own.

import { registration, startContract } from '../lib/contract.mjs';
import { deepEqual, is, like, test } from '../lib/tap.mjs';


const WHO = 'billing on; billing_user $http_x_user; billing_role $http_x_role;';
const { call, get, sandbox, nginx } = await startContract({
    server: `
        location /x/y/ { ${WHO} billing_domain one; }
        location /two/ { ${WHO} billing_domain two; }
        location /inner/ {
            ${WHO} billing_domain three; billing_base_path /front/door/;
        }
        location /front/door/ {
            rewrite ^/front/door/(.*) /inner/$1 break;
            proxy_pass http://127.0.0.1:$server_port;
        }
        location "/a&b c/" { ${WHO} billing_domain four; }
        location /x/ { return 418; }
        location /limited/ {
            ${WHO} billing_domain five;
            limit_except GET { allow 127.0.0.1; deny all; }
        }
        location /if/ {
            ${WHO} billing_domain six; billing_base_path /public/;
            if ($http_x_user) { set $seen yes; }
        }`,
});
const { single } = sandbox.credentials;

const create = async (at, kind, body, headers) => {
    const answer = await call('POST', kind, { at, body, headers });

    is(answer.status, 201, answer.text);
    return answer;
};


test('Location is below the location, or below billing_base_path', async () => {
    for (const [at, base] of [['/billing/', '/billing/'], ['/x/y/', '/x/y/'],
        ['/inner/', '/front/door/'], ['/front/door/', '/front/door/'],
        ['/a&b%20c/', '/a&b%20c/']]) {
        for (const [kind, id] of [['project-groups', 'pg-'],
            ['projects', 'project-']]) {
            const { headers: { location }, json } = await create(
                at, kind, { name: `made at ${at}`.slice(0, 60) });

            is(location, `${base}api/v1/${kind}/${json.id}`);
            is(json.id.startsWith(id), true);

            // a client that follows it gets there
            if (base === at) {
                is((await get(location.slice(`${base}api/v1/`.length),
                    { at: base })).json.id, json.id);
            }
        }
    }
});


test('an account, and an answer of before, have their Location', async () => {
    const { json } = await create('/inner/', 'projects', { name: 'project' });
    const body = registration('account', json.id, single);
    const once = { 'idempotency-key': '0b1e3c1e-9c64-4a44-8f4b-1f1c9d7b2f5a' };
    const first = await create('/inner/', 'service-accounts', body, once);
    const again = await create('/inner/', 'service-accounts', body, once);

    is(first.headers.location,
        `/front/door/api/v1/service-accounts/${first.json.id}`);
    is(again.headers.location, first.headers.location);
    is(again.text, first.text);
});


test('nothing else of the server is ours', async () => {
    for (const path of ['/x/api/v1/session', '/api/v1/session', '/']) {
        const { status } = await fetch(`http://127.0.0.1:${nginx.port}${path}`);

        is([404, 418, 200].includes(status), true, path);
    }
    is((await call('GET', 'session', { at: '/x/z/', check: () => {} })).status,
        418);
});


test('"if" and "limit_except" belong to their location', async () => {
    for (const [at, base] of [['/limited/', '/limited/'], ['/if/', '/public/']]) {
        const { json, headers } = await create(at, 'projects', { name: 'made' });

        is(headers.location, `${base}api/v1/projects/${json.id}`);
        is((await get(`projects/${json.id}`, { at })).status, 200);
        is((await call('DELETE', `projects/${json.id}`,
            { at, headers: { 'if-match': '*' } })).status, 204);
        is((await call('POST', 'projects', { at, body: ' '.repeat(2_000_000) }))
            .status, 413);

        const page = await fetch(`http://127.0.0.1:${nginx.port}${at}`,
            { headers: { 'x-user': 'kim' } });
        like(await page.text(), new RegExp(`<base href="${base}"`));
    }
});


test('two domains see nothing of each other', async () => {
    const once = (kind) => ({ 'idempotency-key': `the-same-${kind}` });
    const made = {};

    for (const at of ['/x/y/', '/two/']) {
        const group = await create(at, 'project-groups', { name: 'same' },
            once('g'));
        const project = await create(at, 'projects',
            { name: 'same', group_id: group.json.id }, once('p'));
        const account = await create(at, 'service-accounts',
            registration('same', project.json.id, single), once('a'));

        made[at] = [['project-groups', group], ['projects', project],
            ['service-accounts', account]];
    }

    for (const [i, [kind, { json: { id } }]] of made['/two/'].entries()) {
        is(id === made['/x/y/'][i][1].json.id, false);
        is((await get(`${kind}/${id}`, { at: '/x/y/' })).status, 404);
        for (const [method, body] of [['PATCH', { name: 'stolen' }],
            ['DELETE']]) {
            is((await call(method, `${kind}/${id}`, { at: '/x/y/', body,
                headers: { 'if-match': '*' } })).status, 404);
        }

        const { json } = await get(`${kind}?q=same`, { at: '/x/y/' });
        deepEqual(json[kind.replace('-', '_')].map((one) => one.id),
            [made['/x/y/'][i][1].json.id]);
    }

    const id = made['/two/'][1][1].json.id;
    is((await get(`projects/${id}/dashboard`, { at: '/x/y/' })).status, 404);
    is((await call('POST', 'projects', { at: '/x/y/',
        body: { name: 'there', group_id: made['/two/'][0][1].json.id } }))
        .status, 422);
    is((await call('POST', 'service-accounts', { at: '/x/y/',
        body: registration('there', id, single) })).status, 422);
});


test('costs are those of the domain', async () => {
    for (const at of ['/x/y/', '/two/']) {
        const { json: { service_accounts: [{ id }] } } = await get(
            'service-accounts', { at });
        const { json: { service_accounts: [{ id: other }] } } = await get(
            'service-accounts', { at: at === '/two/' ? '/x/y/' : '/two/' });

        deepEqual((await get('costs', { at })).json.accounts
            .map((account) => account.id), [id]);
        deepEqual((await get('dashboard', { at })).json.accounts
            .map((account) => account.id), [id]);
        deepEqual((await get(`costs?account=${other}`, { at })).json.accounts,
            []);
    }
});


test('a provider is disabled in its domain only', async () => {
    const listed = async (at) => (await get('providers', { at })).json.providers
        .length;

    is((await call('PUT', 'providers/hyperbilling_aws',
        { at: '/two/', body: { enabled: false } })).json.enabled, false);
    is(await listed('/two/'), 0);
    is(await listed('/x/y/'), 1);
    deepEqual((await get('providers?all=true', { at: '/two/' })).json.providers
        .filter(({ id }) => id === 'hyperbilling_aws')
        .map(({ enabled }) => enabled), [false]);
    is((await get('costs', { at: '/two/' })).json.accounts[0].state, 'disabled');
    is((await get('costs', { at: '/x/y/' })).json.accounts[0].state, 'fresh');
});
