// Lists with fewer members ("fields"), and answers in fewer bytes.

import { get as httpGet } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

import { isProblem, linkedAccount, onlyError, startBilling } from '../lib/billing.mjs';
import { openapi } from '../lib/openapi.mjs';
import { after, deepEqual, is, ok, test } from '../lib/tap.mjs';


const billing = await startBilling({
    server: `
        location /gzip/ {
            gzip on;
            gzip_types application/json;
            gzip_min_length 1;
            billing on;
            billing_user admin;
            billing_role admin;
            billing_domain default;
        }`,
});
after(() => billing.stop());

const admin = billing.client();
const MANY = 40;
const group = await admin.create('project-groups', { name: 'Group' });
const project = await admin.create('projects',
    { name: 'Project', group_id: group.id, tags: { team: 'a "quoted", one' } });
let account;

for (let i = 0; i < MANY; i++) {
    account = await admin.create('service-accounts?verify=later', {
        name: `Account ${i}`, provider: 'hyperbilling_aws', project_id: project.id,
        tags: { env: 'prod', owner: 'kim' },
        credentials: await billing.credentials(
            Array.from({ length: 8 }, linkedAccount)),
    });
}

const { linked_accounts: linked } = (await admin.get(
    `service-accounts/${account.id}/linked-accounts`)).body;
const LISTS = {
    audit: ['audit', 'AuditEntry'],
    providers: ['providers', 'Provider'],
    'project-groups': ['project_groups', 'ProjectGroup'],
    projects: ['projects', 'Project'],
    'service-accounts': ['service_accounts', 'ServiceAccount'],
    [`service-accounts/${account.id}/linked-accounts`]:
        ['linked_accounts', 'LinkedAccount'],
};
const pick = (one, names) => Object.fromEntries(
    Object.entries(one).filter(([name]) => names.includes(name)));


// The body as it came.
function raw(path, headers = {}, method = 'GET') {
    return new Promise((resolve, reject) => {
        httpGet({
            host: '127.0.0.1', port: billing.nginx.port, path, method,
            headers: { 'X-User': 'admin', 'X-Role': 'admin', ...headers },
        }, (res) => {
            const chunks = [];
            res.on('data', (chunk) => chunks.push(chunk));
            res.on('end', () => resolve({
                status: res.statusCode, headers: res.headers,
                body: Buffer.concat(chunks),
            }));
        }).on('error', reject);
    });
}

const decode = (answer) => ({
    gzip: gunzipSync, br: brotliDecompressSync,
}[answer.headers['content-encoding']] ?? ((body) => body))(answer.body).toString();


test('each list has each member alone, any two, and all of them', async () => {
    is(linked.length, 8);
    for (const [path, [list, schema]] of Object.entries(LISTS)) {
        const whole = (await admin.get(path)).body;
        const names = Object.keys(openapi.components.schemas[schema].properties);

        deepEqual(Object.keys(whole[list][0]).sort(), [...names].sort(), path);
        for (const fields of [...names.map((name) => [name]), names,
            [names.at(-1), names[0]], [...names.slice(1)].reverse(), ['id', 'id']]) {
            const { status, body, text } = await admin.get(`${path}?fields=${fields}`);

            is(status, 200, text);
            deepEqual(body, { ...whole,
                [list]: whole[list].map((one) => pick(one, fields)) }, text);
            /* in the order that they always have */
            is(JSON.stringify(body[list][0]),
                JSON.stringify(pick(whole[list][0], fields)));
        }
    }
});

test('what is no member is refused, and so is nothing at all', async () => {
    for (const [path] of Object.entries(LISTS)) {
        for (const fields of ['', 'nam', 'id,', ',id', 'id,,name', 'id, name', 'ID',
            'key', '*', 'id;name', 'credentials.key', 'x'.repeat(5000)]) {
            const answer = await admin.get(
                `${path}?fields=${encodeURIComponent(fields)}`);

            isProblem(answer, 422, 'invalid');
            is(onlyError(answer), '/fields enum', `${path}: ${fields}`);
        }
        is(onlyError(await admin.get(`${path}?fields=id&fields=name`)),
            '/fields duplicate');
    }
    isProblem(await admin.get('service-accounts?field=id'), 422, 'invalid');
    /* also where there is nothing to show */
    isProblem(await billing.client({ domain: 'empty' })
        .get('projects?fields=nam'), 422, 'invalid');
});

test('pages, search and filters go on as before', async () => {
    const all = [];
    let cursor = '';

    do {
        const { body } = await admin.get('service-accounts?fields=name&limit=7'
            + `&q=account&provider=hyperbilling_aws${cursor}`);
        is(body.total, MANY);
        all.push(...body.service_accounts.map(({ name }) => name));
        cursor = body.next_cursor && `&cursor=${body.next_cursor}`;
    } while (cursor !== null);
    deepEqual(all, Array.from({ length: MANY }, (_, i) => `Account ${MANY - 1 - i}`));
});

test('a tag of a list is of what the list shows', async () => {
    const path = `service-accounts/${account.id}/linked-accounts`;
    const whole = await admin.get(path);
    const part = await admin.get(`${path}?fields=id`);

    ok(whole.headers.etag !== part.headers.etag);
    is((await admin.get(`${path}?fields=id`,
        { 'If-None-Match': part.headers.etag })).status, 304);
    is((await admin.get(`${path}?fields=id`,
        { 'If-None-Match': whole.headers.etag })).status, 200);
});


test('all JSON is compressed for those who take it', async () => {
    const paths = [...Object.keys(LISTS), 'service-accounts?fields=id,name', 'openapi.json',
        'costs?group_by=linked_account', 'dashboard'];

    for (const path of paths.filter((one) => one !== 'project-groups'
        && one !== 'projects')) {
        /* figures change while they are read */
        await admin.get(path);
        for (const base of ['/billing/', '/gzip/']) {
            const target = `${base}api/v1/${path}`;

            for (const coding of ['gzip', 'br']) {
                const answer = await raw(target, { 'Accept-Encoding': coding });

                is(answer.status, 200);
                is(answer.headers['content-encoding'], coding, target);
                is(Number(answer.headers['content-length']), answer.body.length);
                ok(/Accept-Encoding/.test(answer.headers.vary), target);
                JSON.parse(decode(answer));
                ok(answer.body.length < decode(answer).length / 1.5, target);

                const head = await raw(target, { 'Accept-Encoding': coding }, 'HEAD');
                is(head.headers['content-encoding'], coding);
                is(head.body.length, 0);
            }
        }
        const plain = await raw(`/billing/api/v1/${path}`);
        is(plain.headers['content-encoding'], undefined);
        ok(/Accept-Encoding/.test(plain.headers.vary));
        const refused = await raw(`/billing/api/v1/${path}`,
            { 'Accept-Encoding': 'gzip;q=0, br;q=0' });
        is(refused.headers['content-encoding'], undefined);
    }
});

test('a problem of some length is compressed as well', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `unknown_${i}=1`).join('&');
    const answer = await raw(`/billing/api/v1/projects?${names}`,
        { 'Accept-Encoding': 'gzip' });

    is(answer.status, 422);
    is(answer.headers['content-encoding'], 'gzip');
    is(JSON.parse(decode(answer)).code, 'invalid');
});

test('what is short, has no body, or has its version for a tag stays as it is',
    async () => {
        const long = await admin.create('projects', { name: 'Long',
            tags: Object.fromEntries(Array.from({ length: 40 },
                (_, i) => [`key${i}`, 'v'.repeat(200)])) });

        for (const path of ['project-groups', `projects/${long.id}`]) {
            const answer = await raw(`/billing/api/v1/${path}`,
                { 'Accept-Encoding': 'gzip, br' });
            is(answer.headers['content-encoding'], undefined, path);
            is(answer.headers.vary, 'Accept-Encoding');
        }
        const { headers } = await raw(`/billing/api/v1/projects/${long.id}`,
            { 'Accept-Encoding': 'gzip' });
        is(headers.etag, '"1"');
        const same = await raw(`/billing/api/v1/projects/${long.id}`,
            { 'Accept-Encoding': 'gzip', 'If-None-Match': '"1"' });
        is(same.status, 304);
        is(same.body.length, 0);
    });

test('each coding has a tag of its own, and each of them is known again', async () => {
    const path = `/billing/api/v1/service-accounts/${account.id}/linked-accounts`;
    const tags = [];

    for (const coding of ['identity', 'gzip', 'br']) {
        tags.push((await raw(path, { 'Accept-Encoding': coding })).headers.etag);
    }
    is(new Set(tags).size, 3, tags.join());
    for (const tag of tags) {
        const answer = await raw(path, { 'Accept-Encoding': 'br', 'If-None-Match': tag });

        is(answer.status, 304);
        is(answer.headers.etag, tag);
        is(answer.body.length, 0);
    }
});
