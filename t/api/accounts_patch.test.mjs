// Changes of service accounts: merge patch, new credentials, versions.

import {
    isConsistent, isProblem, linkedAccount, onlyError, startBilling,
} from '../lib/billing.mjs';
import { after, deepEqual, is, ok, test } from '../lib/tap.mjs';


const billing = await startBilling();
const admin = billing.client();
const project = await admin.create('projects', { name: 'Project' });
const provider = 'hyperbilling_aws';
let count = 0;

after(() => billing.stop());


const make = async (changes) => admin.create('service-accounts', {
    name: `Account ${++count}`, provider, project_id: project.id,
    credentials: await billing.credentials([linkedAccount()]), ...changes,
});
const patch = (account, body, version = account.version, headers) =>
    admin.patch(`service-accounts/${account.id}`, body, version, headers);
const field = (account, name) => billing.redis.cli('hget',
    `billing:{default}:account:${account.id}`, name);


test('name, tags and project change without asking the provider', async () => {
    const other = await admin.create('projects', { name: 'Another' });
    const account = await make({ tags: { a: '1', b: '2' } });

    await billing.sandbox.clearCalls();
    const sealed = await field(account, 'credential');
    const answer = await patch(account,
        { name: 'Renamed', tags: { a: null, c: '3' }, project_id: other.id });

    is(answer.status, 200, answer.text);
    is(answer.headers.etag, '"2"');
    is(answer.body.name, 'Renamed');
    deepEqual(answer.body.tags, { b: '2', c: '3' });
    is(answer.body.project_id, other.id);
    is(answer.body.created_at, account.created_at);
    is(answer.body.state, 'ok');
    is((await billing.sandbox.calls()).length, 0);
    is(await field(account, 'credential'), sealed);
    is(await field(account, 'credential_version'), '1');
    deepEqual((await admin.get(`service-accounts/${account.id}`)).body,
        answer.body);
});


test('preconditions, and what cannot be changed', async () => {
    const account = await make();

    isProblem(await patch(account, { name: 'No' }, null),
        412, 'precondition_failed');
    isProblem(await admin.patch(`service-accounts/${account.id}`,
        { name: 'No' }), 428, 'precondition_required');
    isProblem(await patch(account, { name: 'No' }, 7),
        412, 'precondition_failed');
    isProblem(await admin.patch('service-accounts/sa-000000000000',
        { name: 'No' }, '*'), 404, 'not_found');

    isProblem(await patch(account, { provider: 'other' }), 422, 'invalid');
    is(onlyError(await patch(account, { project_id: null })),
        '/project_id required');
    is(onlyError(await patch(account, { project_id: 'project-000000000000' })),
        '/project_id not_found');
    isProblem(await patch(account, { state: 'ok' }), 422, 'invalid');
    isProblem(await patch(account, '[]'), 422, 'invalid');
    is((await admin.get(`service-accounts/${account.id}`)).body.version, 1);
});


test('new credentials are verified, sealed and counted', async () => {
    const [a, b] = [linkedAccount(), linkedAccount()];
    const account = await make({ credentials: await billing.credentials([a]) });
    const sealed = await field(account, 'credential');
    const next = await billing.credentials([b]);
    const base = 'billing:{default}:';

    await billing.redis.cli('hset', `${base}cost:${account.id}:1:M:2026-01`,
        'meta', 'x');
    await billing.redis.cli('sadd', `${base}account:${account.id}:blocks`,
        `${base}cost:${account.id}:1:M:2026-01`);

    const answer = await patch(account, { credentials: next });

    is(answer.status, 200, answer.text);
    deepEqual(answer.body.credentials,
        { account: 'all', email: next.email, key: null });
    is(answer.body.version, 2);
    ok(await field(account, 'credential') !== sealed);
    is(await field(account, 'credential_version'), '2');
    is(await field(account, 'linked'), JSON.stringify([b]));

    // blocks of the credentials of before cannot be used any more
    is(await billing.redis.cli('keys', `*cost:${account.id}*`), '');

    // what it had is free, what it has is not
    await make({ credentials: await billing.credentials([a]) });
    isProblem(await admin.post('service-accounts', {
        name: 'Too late', provider, project_id: project.id,
        credentials: await billing.credentials([b]),
    }), 409, 'overlap');
});


test('a key that is not given is kept', async () => {
    const [a, b] = [linkedAccount(), linkedAccount()];
    const account = await make({ credentials: await billing.credentials([a, b]) });
    const answer = await patch(account, { credentials: { account: b } });

    is(answer.status, 200, answer.text);
    is(answer.body.credentials.account, b);
    is(await field(account, 'linked'), JSON.stringify([b]));
    await make({ credentials: await billing.credentials([a]) });

    // and again, so that what was sealed is whole
    is((await patch(account, { credentials: { account: b } }, 2)).status, 200);
});


test('credentials that do not fit change nothing', async () => {
    const account = await make();
    const taken = linkedAccount();

    await make({ name: 'Owner', credentials: await billing.credentials([taken]) });
    const sealed = await field(account, 'credential');

    isProblem(await patch(account, { credentials: { key: 'wrong' } }),
        422, 'provider_rejected');
    is(onlyError(await patch(account, { credentials: { key: null } })),
        '/credentials/key required');
    isProblem(await patch(account, { credentials: null }), 422, 'invalid');
    isProblem(await patch(account, { credentials: 'x' }), 422, 'invalid');
    is(onlyError(await patch(account, { credentials: { colour: 'red' } })),
        '/credentials/colour unknown');

    const overlap = await patch(account,
        { credentials: await billing.credentials([taken]) });
    isProblem(overlap, 409, 'overlap');
    ok(/Owner/.test(overlap.body.detail), overlap.text);

    await billing.sandbox.fault({ status: 500 });
    isProblem(await patch(account, { credentials: { account: 'every' } }),
        502, 'provider_unavailable');
    await billing.sandbox.clearFaults();

    is(await field(account, 'credential'), sealed);
    is((await admin.get(`service-accounts/${account.id}`)).body.version, 1);
});


test('with verify=later the provider may be away', async () => {
    const account = await make();

    await billing.sandbox.fault({ status: 503 });
    const answer = await admin.patch(
        `service-accounts/${account.id}?verify=later`,
        { credentials: await billing.credentials([linkedAccount()]) }, 1);
    await billing.sandbox.clearFaults();

    is(answer.status, 200, answer.text);
    is(answer.body.state, 'unverified');
    is(answer.body.verified_at, null);
});


test('a name may move from one account to another', async () => {
    const one = await make({ name: 'Blue' });
    const two = await make({ name: 'Green' });

    isProblem(await patch(two, { name: 'bLUE' }), 409, 'conflict');
    is((await patch(one, { name: 'Red' })).status, 200);
    is((await patch(two, { name: 'bLUE' })).status, 200);
});


test('indexes and objects agree', () => isConsistent(admin));
