// A provider that takes only so many calls in a time is called no more often,
// by all workers and nodes together.

import { readFileSync } from 'node:fs';

import { azureKey } from '../lib/clouds.mjs';
import { startBilling } from '../lib/billing.mjs';
import { months } from '../lib/figures.mjs';
import { after, is, ok, test } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';
import { startCloud } from '../sandbox/clouds/index.mjs';


const CALLS = 4;
const TIME = 3000;

const azure = await startCloud('azure');
after(() => azure.stop());

// Azure counts by a time that is a little shorter: by when calls arrive.
await azure.settings({ scope_calls: CALLS, scope_ms: TIME - 400 });

const options = { workers: 2, http: `billing_provider azure endpoint=${azure.url}
    login=${azure.url} pace=${CALLS}/${TIME}ms timeout=60s;` };
const world = await startWorld(options);
const other = await startBilling({ ...options, redis: world.redis,
    sandbox: world.sandbox, key: readFileSync(world.key) });
after(() => other.nginx.stop());

const project = await world.createProject('Pace');
const queries = async () => (await azure.calls())
    .filter(({ scope }) => scope !== undefined);
const register = (name) => world.admin.create('service-accounts', { name,
    project_id: project.id, provider: 'azure',
    credentials: azureKey(azure.credentials[name]) });


test('calls of two nodes keep to it, and all get theirs', async () => {
    const { id } = await register('main');
    const asked = months(-7, -1);
    const answers = await Promise.all(asked.map((month, i) =>
        [world, other][i % 2].client().get(
            `costs?account=${id}&start=${month}&end=${month}`)));

    answers.forEach(({ body, text }) => is(body.complete, true, text));

    const made = await queries();
    is(made.length, 1 + asked.length, 'one of them tests the credentials');
    is(made.filter(({ over }) => over).length, 0, 'calls too many');
});


test('another scope has a pace of its own', async () => {
    await azure.control('DELETE', 'calls');
    const { id } = await register('won');
    const started = Date.now();
    const { body } = await world.admin.get(`costs?account=${id}`);

    is(body.complete, true);
    ok(Date.now() - started < TIME, 'it waited for nobody');
});


test('a 429 that says nothing costs a turn', async () => {
    const [month] = months(-9, -9);
    const { id } = (await world.admin.get('service-accounts')).body
        .service_accounts.find(({ name }) => name === 'main');

    await azure.control('DELETE', 'calls');
    await azure.fault({ path: '/query', times: 1, status: 429, body: '{}' });
    const { body, text } = await world.admin.get(
        `costs?account=${id}&start=${month}&end=${month}`);

    is(body.complete, true, text);
    const [refused, next] = await queries();
    ok(next.at - refused.at >= TIME / CALLS - 50,
        `${next.at - refused.at} ms`);
});


test('who says "off" is not kept from anything', async () => {
    const cloud = await startCloud('azure');
    after(() => cloud.stop());
    const free = await startBilling({ http: `billing_provider azure
        endpoint=${cloud.url} login=${cloud.url} pace=off;` });
    after(() => free.stop());
    const client = free.client();
    const { id: project_id } = await client.create('projects', { name: 'Pace' });

    await client.create('service-accounts', { name: 'Azure', provider: 'azure',
        project_id, credentials: azureKey(cloud.credentials.main) });
    for (const month of months(-8, -1)) {
        is((await client.get(`costs?start=${month}&end=${month}`)).body.complete,
            true);
    }
});
