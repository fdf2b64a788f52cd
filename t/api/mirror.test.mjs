// Bodies that are not ours alone: nginx's "mirror" reads them for another
// location, above ours or with ours as its target.

import http from 'node:http';

import { startBilling } from '../lib/billing.mjs';
import { freePort } from '../lib/process.mjs';
import { after, deepEqual, is, ok, test, until } from '../lib/tap.mjs';


// What an upstream got, as text.
const got = [];
const upstream = http.createServer((request, response) => {
    const parts = [];

    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
        got.push({ url: request.url, body: Buffer.concat(parts).toString() });
        response.end('taken');
    });
});
const port = await freePort();
await new Promise((resolve) => upstream.listen(port, '127.0.0.1', resolve));
after(() => upstream.close());

const billing = await startBilling({ server: `
    client_max_body_size 1m;

    location /shop/ {
        mirror /billing/api/v1/projects;
        proxy_pass http://127.0.0.1:${port};
    }
    location /above/ {
        mirror /sink;
        billing on;
        billing_user $http_x_user;
        billing_role $http_x_role;
        billing_domain $test_domain;
    }
    location = /sink {
        internal;
        proxy_pass http://127.0.0.1:${port};
    }` });
after(() => billing.stop());

const admin = billing.client();
const names = async () => (await admin.get('projects')).body.projects
    .map(({ name }) => name);
const tags = Object.fromEntries(Array.from({ length: 50 }, (_, i) =>
    [`key_${i}_${'k'.repeat(100)}`, 'v'.repeat(256)]));


for (const [what, more] of [['small', {}], ['large', { tags }]]) {
    test(`a ${what} body that is mirrored here reaches the other site as it is`, async () => {
        const body = JSON.stringify({ name: `Mirrored ${what}`, group_id: null, ...more });

        got.length = 0;
        const answer = await admin.call('POST', '/shop/order', body);
        is(answer.status, 200);
        is(answer.text, 'taken');
        deepEqual(got.map((one) => one.body), [body]);

        // and is one here, too
        await until(async () => (await names()).includes(`Mirrored ${what}`),
            'the project');
    });

    test(`a ${what} body above which there is a mirror is read whole`, async () => {
        const body = { name: `Above ${what}`, group_id: null, ...more };

        got.length = 0;
        const answer = await admin.call('POST', '/above/api/v1/projects', body);
        is(answer.status, 201, answer.text);
        is(answer.body.name, body.name);
        deepEqual(answer.body.tags, more.tags ?? {});
        await until(() => got.length === 1, 'the mirror');
        is(got[0].body, JSON.stringify(body));
    });
}


test('a body that is too large is refused, wherever it lies', async () => {
    const body = JSON.stringify({ name: 'x'.repeat(300_000) });

    is((await admin.call('POST', '/above/api/v1/projects', body)).status, 413);
    is((await admin.call('POST', '/billing/api/v1/projects', body)).status, 413);
    ok(!(await names()).some((name) => name.startsWith('xx')));
});
