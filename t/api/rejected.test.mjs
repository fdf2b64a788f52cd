// Credentials that the provider has refused are not tried with every request.

import { is, test } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const path = '/v1/search/billing';
const world = await startWorld();
const { sandbox, admin, get } = world;
const project = await world.createProject('project');

await sandbox.setCredential({ client: 'one', secret: 's', linked: ['1'.repeat(12)] });
await sandbox.setCredential({ client: 'two', secret: 's', linked: ['2'.repeat(12)] });

const account = await world.createAccount(
    'one', project.id, { client: 'one', secret: 's' });
const other = await world.createAccount(
    'two', project.id, { client: 'two', secret: 's' });

const state = async (id, more = '') => {
    const { json } = await get(`costs?account=${id}${more}`);
    return `${json.accounts[0].state} ${json.accounts[0].code}`;
};
const calls = async (client) => (await sandbox.calls({ client, path })).length;


test('one that was refused is not tried again', async () => {
    await sandbox.setCredential({ client: 'one', secret: 'changed' });

    is(await state(account.id), 'failed provider_rejected');
    const asked = await calls('one');

    is(await state(account.id), 'failed provider_rejected');
    is(await state(account.id, '&granularity=DAILY'),
        'failed provider_rejected', 'nor for anything else');
    is(await calls('one'), asked);
});

test('others are', async () => {
    is(await state(other.id), 'fresh null');
});

test('a refresh tries it', async () => {
    const asked = await calls('one');

    is(await state(account.id, '&refresh=true'), 'failed provider_rejected');
    is(await calls('one') > asked, true);

    await sandbox.setCredential({ client: 'one', secret: 's' });
    is(await state(account.id, '&refresh=true'), 'fresh null');
    is(await state(account.id, '&start=2026-01&end=2026-02'), 'fresh null',
        'and it is forgotten');
});

test('new credentials are tried', async () => {
    await sandbox.setCredential({ client: 'one', secret: 'again' });
    is(await state(account.id, '&start=2025-06&end=2025-07'),
        'failed provider_rejected');

    const { body, headers } = await admin.get(`service-accounts/${account.id}`);
    const answer = await admin.patch(`service-accounts/${account.id}`, {
        credentials: { account: 'all', email: 'one', key: 'again' },
    }, headers.etag);
    is(answer.status, 200, `${body.version} ${answer.text}`);

    is(await state(account.id, '&start=2025-06&end=2025-07'), 'fresh null');
});
