// Service accounts: registration and what the provider says to it, linked
// accounts that belong to one only, deletion.

import {
    isProblem, linkedAccount, onlyError, startBilling,
} from '../lib/billing.mjs';
import { after, deepEqual, is, like, ok, test } from '../lib/tap.mjs';


const billing = await startBilling({ provider: 'timeout=8s' });
const admin = billing.client();
const project = await admin.create('projects', { name: 'Project' });
const provider = 'hyperbilling_aws';
let count = 0;

after(() => billing.stop());


const body = async (changes) => ({
    name: `Account ${++count}`, provider, project_id: project.id,
    credentials: await billing.credentials([linkedAccount()]), ...changes,
});
const post = async (changes, headers) =>
    admin.post('service-accounts', await body(changes), headers);
const total = async () => (await admin.get('service-accounts')).body.total;


test('a registered account is answered without its key', async () => {
    const sent = await body({ tags: { env: 'prod' } });
    const made = await admin.post('service-accounts', sent);
    const { account, email } = sent.credentials;

    is(made.status, 201);
    is(made.headers.etag, '"1"');
    is(made.headers.location, `/billing/api/v1/service-accounts/${made.body.id}`);
    like(made.body.id, /^sa-[0-9a-f]{12}$/);
    deepEqual(made.body, {
        id: made.body.id, name: sent.name, provider, project_id: project.id,
        tags: { env: 'prod' }, credentials: { account, email, key: null },
        state: 'ok', reason: null, shrunk_at: null,
        verified_at: made.body.verified_at,
        created_at: made.body.created_at, updated_at: made.body.updated_at,
        version: 1,
    });
    like(made.body.verified_at, /^\d{4}-.*Z$/);
    deepEqual((await admin.get(`service-accounts/${made.body.id}`)).body,
        made.body);
});


test('all that is wrong with a body is said at once', async () => {
    const answer = await admin.post('service-accounts', {
        name: 'x', provider, tags: { 'a b': 'c' },
        credentials: { account: '', email: 'a@example.com', colour: 'red' },
    });

    isProblem(answer, 422, 'invalid');
    const pointers = answer.body.errors.map((e) => e.pointer);
    for (const pointer of ['/name', '/project_id', '/credentials/account',
        '/credentials/key', '/credentials/colour']) {
        ok(pointers.includes(pointer), `${pointer} in ${pointers}`);
    }
    is(answer.body.errors.find((e) => e.pointer === '/project_id').code,
        'required');
});


test('provider and project must exist', async () => {
    is(onlyError(await post({ provider: 'nobody' })), '/provider not_found');
    const answer = await post({ project_id: 'project-000000000000' });
    isProblem(answer, 422, 'invalid');
    is(onlyError(answer), '/project_id not_found');
});


test('an unknown project does not cost a provider call', async () => {
    await billing.sandbox.clearCalls();
    await post({ project_id: 'project-000000000000' });
    is((await billing.sandbox.calls()).length, 0);
});


test('refused credentials store nothing', async () => {
    const before = await total();
    const credentials = await billing.credentials([linkedAccount()]);
    const answer = await post({ credentials: { ...credentials, key: 'no such key' } });

    isProblem(answer, 422, 'provider_rejected');
    ok(!answer.text.includes('no such key'));
    is(await total(), before);

    // also when verification may wait: the provider has said no
    const later = await admin.post('service-accounts?verify=later',
        await body({ credentials: { ...credentials, key: 'no such key' } }));
    isProblem(later, 422, 'provider_rejected');
    is(await total(), before);
});


test('a linked account that the credentials lack is refused', async () => {
    const credentials = await billing.credentials([linkedAccount()],
        linkedAccount());

    isProblem(await post({ credentials }), 422, 'provider_rejected');
});


test('a broken or silent provider stores nothing', async () => {
    const before = await total();
    const faults = [
        [{ status: 503 }, 502], [{ status: 500 }, 502], [{ garbage: true }, 502],
        [{ cut: 'before' }, 502], [{ cut: 'body' }, 502], [{ hang: true }, 504],
    ];

    for (const [fault, status] of faults) {
        await billing.sandbox.fault({ path: '/v1/search/linkedaccount', ...fault });
        const answer = await post();
        await billing.sandbox.clearFaults();

        isProblem(answer, status, 'provider_unavailable');
        ok(answer.body.detail.length > 10, answer.text);
    }
    is(await total(), before);
});


test('verify=later stores what the provider could not say', async () => {
    const one = linkedAccount();
    const credentials = await billing.credentials([one], one);

    await billing.sandbox.fault({ status: 503 });
    const made = await admin.post('service-accounts?verify=later',
        await body({ credentials }));
    await billing.sandbox.clearFaults();

    is(made.status, 201, made.text);
    is(made.body.state, 'unverified');
    is(made.body.verified_at, null);

    // the linked account that it names is its own all the same
    isProblem(await post({ credentials: await billing.credentials([one]) }),
        409, 'overlap');

    is(onlyError(await admin.post('service-accounts?verify=never',
        await body())), '/verify enum');
});


test('verify asks and stores nothing', async () => {
    const before = await total();
    const linked = [linkedAccount(), linkedAccount()];
    const credentials = await billing.credentials([...linked].reverse());
    const answer = await admin.post('service-accounts/verify',
        { provider, credentials });

    is(answer.status, 200);
    deepEqual(answer.body, { ok: true, linked_accounts: linked });

    const one = await admin.post('service-accounts/verify',
        { provider, credentials: { ...credentials, account: linked[1] } });
    deepEqual(one.body.linked_accounts, [linked[1]]);

    isProblem(await admin.post('service-accounts/verify',
        { provider, credentials: { ...credentials, key: 'no such key' } }),
    422, 'provider_rejected');
    is(onlyError(await admin.post('service-accounts/verify',
        { provider, credentials: { ...credentials, key: '' } })),
    '/credentials/key required');
    is(await total(), before);

    const member = billing.client({ role: 'member' });
    isProblem(await member.post('service-accounts/verify',
        { provider, credentials }), 403, 'forbidden');
});


test('names are unique in the whole domain', async () => {
    const other = await admin.create('projects', { name: 'Other project' });
    const made = await admin.create('service-accounts',
        await body({ name: 'The one' }));

    isProblem(await post({ name: 'THE ONE', project_id: other.id }),
        409, 'conflict');
    is((await admin.delete(`service-accounts/${made.id}`, 1)).status, 204);
    is((await post({ name: 'The One', project_id: other.id })).status, 201);
});


test('a linked account belongs to one account only', async () => {
    const [a, b, c] = [linkedAccount(), linkedAccount(), linkedAccount()];
    const wide = await admin.create('service-accounts', await body({
        name: 'Wide', credentials: await billing.credentials([a, b]),
    }));

    // one of them by name
    const named = await post({ credentials: await billing.credentials([b], b) });
    isProblem(named, 409, 'overlap');
    like(named.body.detail, new RegExp(b));
    like(named.body.detail, /"Wide"/);
    like(named.body.errors[0].message, new RegExp(`${b}.*Wide.*${wide.id}`));

    // two lists that share some
    const both = await post({ credentials: await billing.credentials([c, b, a]) });
    isProblem(both, 409, 'overlap');
    is(both.body.errors.length, 2);

    // nothing of the refused ones stays behind
    const third = await admin.create('service-accounts', await body({
        credentials: await billing.credentials([c]),
    }));
    is((await admin.delete(`service-accounts/${third.id}`, 1)).status, 204);

    // the other way round: first by name, then all
    const narrow = await admin.create('service-accounts', await body({
        name: 'Narrow', credentials: await billing.credentials([c], c),
    }));
    isProblem(await post({ credentials: await billing.credentials([c]) }),
        409, 'overlap');

    // what is deleted is free
    is((await admin.delete(`service-accounts/${wide.id}`, 1)).status, 204);
    is((await admin.delete(`service-accounts/${narrow.id}`, 1)).status, 204);
    is((await post({ credentials: await billing.credentials([a, b, c]) })).status,
        201);
});


test('another domain may have the same linked account', async () => {
    const other = billing.client({ domain: 'other' });
    const one = linkedAccount();
    const credentials = await billing.credentials([one]);
    const home = await other.create('projects', { name: 'Project' });

    is((await post({ credentials })).status, 201);
    is((await other.post('service-accounts', {
        ...await body({ credentials }), project_id: home.id,
    })).status, 201);
});


test('a deleted account takes its cost blocks along', async () => {
    const { cli } = billing.redis;
    const made = await admin.create('service-accounts', await body());
    const kept = await admin.create('service-accounts', await body());
    const base = 'billing:{default}:';
    const block = (id, month) => `${base}cost:${id}:1:M:${month}`;

    for (const id of [made.id, kept.id]) {
        for (let i = 0; i < 30; i++) {
            await cli('hset', block(id, i), 'meta', 'x');
            await cli('sadd', `${base}account:${id}:blocks`, block(id, i));
        }
    }

    is((await admin.delete(`service-accounts/${made.id}`, 1)).status, 204);
    is(await cli('keys', `*${made.id}*`), '');
    is(await cli('exists', block(kept.id, 7)), '1');
    is(await cli('hvals', `${base}linked_accounts`)
        .then((ids) => ids.includes(made.id)), false);
});


test('lists find by name, tag, provider and project', async () => {
    const home = await admin.create('projects', { name: 'Searched' });
    const make = async (name, tags) => admin.create('service-accounts',
        await body({ name, tags, project_id: home.id }));
    const first = await make('Büro Seoul', { 'Kostenstelle': 'ÄRZTE 7' });
    const second = await make('Lager 서울', { team: 'Night.Shift' });
    const found = async (query) => {
        const answer = await admin.get(
            `service-accounts?project=${home.id}&${query}`);
        is(answer.body.total, answer.body.service_accounts.length);
        return answer.body.service_accounts.map((one) => one.id);
    };
    const q = (text) => `q=${encodeURIComponent(text)}`;

    deepEqual(await found(''), [second.id, first.id]);
    deepEqual(await found(q('BÜRO')), [first.id]);
    deepEqual(await found(q('bu\u0308ro s')), [first.id]);
    deepEqual(await found(q('서울')), [second.id]);
    deepEqual(await found(q('ärzte')), [first.id]);
    deepEqual(await found(q('kostenstelle')), [first.id]);
    deepEqual(await found(q('night.shift')), [second.id]);
    deepEqual(await found(q('night*shift')), []);
    deepEqual(await found(q('seoul kosten')), []);
    deepEqual(await found(`provider=${provider}`), [second.id, first.id]);
    deepEqual(await found('provider=other'), []);
});
