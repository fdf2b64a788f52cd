// Data that earlier builds have left in Redis: the figures stay what they were,
// what was registered is not registered twice, and nodes of those builds may go
// on beside us until the upgrade is ended.  t/api/schema/ has the data (see
// capture.mjs) and the scripts by which these builds write.

import { isConsistent, isProblem, linkedAccount } from '../lib/billing.mjs';
import { startClouds } from '../lib/clouds.mjs';
import { dataOf } from '../lib/dump.mjs';
import { deepEqual, is, like, ok, test, until } from '../lib/tap.mjs';
import { startUpgrade } from '../lib/upgrade.mjs';


const META = 'billing:{default}:meta';
const NEW = '200000000001';
const KEPT = '200000000009';
const clouds = await startClouds();
const http = clouds.directives();

// What they were made of did not say what shares are of.
const figures = ({ currencies }) => currencies.map((one) => {
    const { share_of: _, ...rest } = one;
    return rest;
});

const asBefore = async ({ admin, answers }) => {
    for (const path of Object.keys(answers)) {
        const { status, body, text } = await admin.get(path);

        is(status, 200, text);
        if (path.startsWith('costs')) {
            deepEqual(figures(body), figures(answers[path]), path);
            is(body.complete, true, text);
        } else {
            const [kind] = Object.keys(answers[path]).filter((key) =>
                Array.isArray(answers[path][key]));

            deepEqual(body[kind].map(constant), answers[path][kind].map(constant));
        }
    }
};
const constant = ({ id, name, provider, tags, credentials, created_at }) =>
    ({ id, name, provider, tags, credentials, created_at });

// Names of the claims, by what stands before the slash.
const claims = async ({ hash }) => {
    const counts = {};

    for (const name of Object.keys(await hash('linked_accounts'))) {
        const [scope] = name.split('/');
        counts[scope] = (counts[scope] ?? 0) + 1;
    }
    return counts;
};
const idOf = ({ answers }, name) => answers['service-accounts']
    .service_accounts.find((account) => account.name === name).id;
const sum = async (client) => {
    const { body, text } = await client.get('costs?start=2026-10&end=2026-10');

    is(body.complete, true, text);
    return body.currencies.find(({ currency }) => currency === 'USD').sum;
};


// What nodes of schema 1 claim besides: none are at work beside those of 3.
const early = (schema) => schema < 3;

// What an older version has sealed is bound to less.
const reseal = async (admin) => {
    const { status, body, text } = await admin.call('POST', 'reseal');

    is(status, 200, text);
    deepEqual(body.failed, [], text);
};


for (const schema of [1, 2, 3]) {
    test(`schema ${schema}: the figures, and none of them twice`, async () => {
        const system = await startUpgrade(schema, { http });
        const { admin, sold, register, hash, answers, nginx } = system;

        await asBefore(system);
        for (const [i, { credentials }] of sold.entries()) {
            isProblem(await register(`Again ${i}`, credentials), 409, 'overlap');
        }
        await isConsistent(admin);
        await asBefore(system);

        const { schema: now, schema_min, schema_4, generation } =
            await hash('meta');
        deepEqual([now, schema_min, schema_4],
            ['4', early(schema) ? '1' : '3', generation]);
        is((await claims(system)).hyperbilling_aws,
            early(schema) ? (await claims(system)).aws : undefined);
        await nginx.waitForLog(/domain "default" have schema 4 now/);

        // an answer that was promised is still given
        const { credentials } = sold[0];
        const body = { name: 'Payer', provider: 'hyperbilling_aws', credentials,
            project_id: answers.projects.projects.find(({ name }) =>
                name === 'Alpha').id, tags: { team: 'Ops' } };
        const { name, project_id, provider, tags } = body;
        const again = await admin.post('service-accounts',
            { name, project_id, provider, credentials, tags },
            { 'Idempotency-Key': 'capture' });
        is(again.status, 201, again.text);
        is(again.body.id, idOf(system, 'Payer'));
    });


    test(`schema ${schema}: the first use may be a change`, async () => {
        const { admin, hash } = await startUpgrade(schema, { http });

        is((await admin.put('providers/aws', { enabled: true })).status, 200);
        is((await hash('meta')).schema, '4');
        await isConsistent(admin);
    });


    test(`schema ${schema}: or a registration of what is there`, async () => {
        const { admin, sold, register } = await startUpgrade(schema, { http });

        isProblem(await register('Again', sold[1].credentials), 409, 'overlap');
        await isConsistent(admin);
    });


    test(`schema ${schema}: or a check, which finds nothing`, async () => {
        const { admin, hash } = await startUpgrade(schema, { http });

        await isConsistent(admin);
        is((await hash('meta')).schema, '4');
    });


    test(`schema ${schema}: an old node registers, changes and deletes`, async () => {
        const system = await startUpgrade(schema, { http });
        const { admin, old, oldAccount, register } = system;
        const credentials = await system.credentials([NEW]);
        const one = 'sa-0000000000aa';
        const names = async () => (await admin.get('service-accounts'))
            .body.service_accounts.map(({ name }) => name);
        // what it registers is seen, and not registered by us again
        deepEqual(await oldAccount(one, 'Old', [NEW, KEPT], credentials,
            schema === 3 ? { more: { cloud: 'aws' } } : {}), ['ok']);
        isProblem(await register('Again', credentials), 409, 'overlap');
        ok((await names()).includes('Old'));
        await isConsistent(admin);
        is(Object.keys((await system.hash('linked_accounts')))
            .filter((name) => name.endsWith(NEW)).length,
            early(schema) ? 2 : 1);

        // another list: what it gives up is free, what it gets is not
        const other = linkedAccount();
        deepEqual(await old('link', [one, 1, 'ok', '2026-11-29T00:00:00Z',
            Math.floor(Date.now() / 1000), JSON.stringify([KEPT, other]), '']),
            ['ok', JSON.stringify([KEPT, other])]);
        isProblem(await register('Again',
            await system.credentials([other])), 409, 'overlap');
        const freed = await register('Freed', credentials);
        is(freed.status, 201, freed.text);
        await isConsistent(admin);

        // what we register, it does not
        const refused = await oldAccount('sa-0000000000bb', 'Twice', [NEW],
            credentials, schema === 1 ? {} : { more: { cloud: 'aws' } });
        deepEqual(refused, ['overlap', NEW, freed.body.id]);

        // and what it deletes is gone
        deepEqual(await old('delete', ['account', one, 1]), ['ok']);
        ok(!(await names()).includes('Old'));
        is((await register('Taken', await system.credentials([other]))).status,
            201);
        await isConsistent(admin);
    });


    test(`schema ${schema}: an old node's change is seen within a second`, async () => {
        const system = await startUpgrade(schema, { http });
        const { admin, old } = system;
        const before = await sum(admin);

        is(await sum(admin), before);
        is(await sum(admin), before);
        deepEqual(await old('delete', ['account', idOf(system, 'Payer'), 1]),
            ['ok']);
        await until(async () => await sum(admin) !== before, 'other figures',
            2_000);
        await isConsistent(admin);
    });


    test(`schema ${schema}: the upgrade is ended by an admin, once`, async () => {
        const system = await startUpgrade(schema, { http });
        const { admin, client, sold, register, hash } = system;
        const member = client({ user: 'lee', role: 'member' });
        const count = (await claims(system)).hyperbilling_aws ?? 0;

        isProblem(await member.call('POST', 'migrate'), 403, 'forbidden');
        await sum(admin);
        const names = (await claims(system)).hyperbilling_aws ?? 0;
        ok(names >= count);
        is(names > 0, early(schema));

        const { status, body } = await admin.call('POST', 'migrate');
        is(status, 200);
        deepEqual(body, { schema: 4, ended: true, removed: names });
        deepEqual((await admin.call('POST', 'migrate')).body,
            { schema: 4, ended: false, removed: 0 });
        is((await claims(system)).hyperbilling_aws, undefined);
        is((await hash('meta')).schema_min, '4');

        const { body: { audit } } = await admin.get('audit');
        deepEqual(audit.filter(({ action }) => action === 'storage.migrate')
            .map(({ user }) => user), ['admin']);

        await asBefore(system);
        await reseal(admin);
        await isConsistent(admin);
        isProblem(await register('Again', sold[0].credentials), 409, 'overlap');
    });


    test(`schema ${schema}: it may be ended before anything else`, async () => {
        const system = await startUpgrade(schema, { http });
        const { body } = await system.admin.call('POST', 'migrate');

        deepEqual([body.schema, body.ended], [4, true]);
        is((await claims(system)).hyperbilling_aws, undefined);
        await asBefore(system);
        await reseal(system.admin);
        await isConsistent(system.admin);
    });
}


for (const schema of [1, 2]) {
    test(`schema ${schema}: a node that was forgotten does no harm either`, async () => {
        const system = await startUpgrade(schema, { http });
        const { admin, oldAccount, register, hash } = system;
        const credentials = await system.credentials([NEW]);

        is((await admin.call('POST', 'migrate')).status, 200);
        deepEqual(await oldAccount('sa-0000000000aa', 'Old', [NEW], credentials),
            ['ok']);
        isProblem(await register('Again', credentials), 409, 'overlap');
        await isConsistent(admin);
        is((await hash('meta')).schema_min, '1');
        is((await admin.call('POST', 'migrate')).body.ended, true);
        await reseal(admin);
        await isConsistent(admin);
    });
}


test('nodes of schema 3 open what is sealed until the upgrade is ended', async () => {
    const system = await startUpgrade(3, { http });
    const { admin, register, hash, oldAccount } = system;
    const form = async (id) =>
        (await hash(`account:${id}`)).credential.slice(0, 3);
    const registered = async (name, linked) => (await register(name,
        await system.credentials([linked]))).body.id;

    await asBefore(system);
    const during = await registered('During', NEW);
    is(await form(during), 'v1:');
    deepEqual((await admin.call('POST', 'reseal')).body.resealed, 0);
    is(await form(during), 'v1:');
    await isConsistent(admin);

    is((await admin.call('POST', 'migrate')).body.ended, true);
    const { body: { findings } } = await admin.get('check');
    ok(findings.length > 1);
    ok(findings.every(({ code }) => code === 'credential_unbound'),
        JSON.stringify(findings));

    await reseal(admin);
    await isConsistent(admin);
    is(await form(during), 'v2:');
    is(await form(await registered('After', '200000000002')), 'v2:');

    // one that was forgotten is shut out
    deepEqual(await oldAccount('sa-0000000000aa', 'Old', ['200000000003'],
        await system.credentials(['200000000003']),
        { more: { cloud: 'aws' } }), ['newer', '4']);
});


test('what was registered twice already counts once, for the elder one', async () => {
    const system = await startUpgrade(1, { http });
    const { admin, oldAccount, sold, nginx, answers } = system;
    const { linked, credentials } = sold[0];
    const expected = answers['costs?start=2026-10&end=2026-10&group_by=service']
        .currencies[0].sum;

    // as a node of schema 2 did it, which does not know the claims of schema 1
    deepEqual(await oldAccount('sa-0000000000aa', 'Twice', linked, credentials,
        { as: 2, more: { cloud: 'aws' } }), ['ok']);

    is(await sum(admin), expected);
    await nginx.waitForLog(
        /account "sa-0000000000aa" no longer has linked account "100000000001"/);
    await isConsistent(admin);
    const { body } = await admin.get(
        'costs?start=2026-10&end=2026-10&group_by=account');
    deepEqual(body.accounts.filter(({ id }) => id === 'sa-0000000000aa')
        .map(({ state }) => state), ['fresh']);
});


test('an old node that has not seen our claims in time counts nothing twice', async () => {
    const system = await startUpgrade(2, { http });
    const { admin, oldAccount, sold } = system;

    await admin.call('POST', 'migrate');
    const before = await sum(admin);

    // of schema 1, after the end: its names of claims have gone
    deepEqual(await oldAccount('sa-0000000000aa', 'Twice', sold[0].linked,
        sold[0].credentials, { as: 1 }), ['ok']);
    await admin.get('service-accounts');
    is(await sum(admin), before);
    await isConsistent(admin);
});


for (const [text, values] of Object.entries({
    'of a newer schema': ['schema', 5, 'schema_min', 5],
    'of a schema that is no number': ['schema', 'x']}))
{
    test(`data ${text} are refused, and stay`, async () => {
        const { admin, redis, sold, register, answers, nginx } =
            await startUpgrade(2, { http });
        const account = answers['service-accounts'].service_accounts[0].id;
        const project = answers.projects.projects[0].id;

        await redis.cli('hset', META, ...values);
        const before = await dataOf(redis);

        for (const [method, path, body, headers] of [
            ['GET', 'costs'], ['GET', 'dashboard'], ['GET', 'service-accounts'],
            ['GET', `service-accounts/${account}`], ['GET', 'projects'],
            ['GET', `projects/${project}/dashboard`], ['GET', 'providers'],
            ['POST', 'projects', { name: 'Another' }],
            ['POST', 'project-groups', { name: 'Another' }],
            ['PATCH', `projects/${project}`, { name: 'X1' },
                { 'If-Match': '*' }],
            ['DELETE', `service-accounts/${account}`, undefined,
                { 'If-Match': '*' }],
            ['PUT', 'providers/aws', { enabled: false }],
            ['POST', 'reseal'], ['POST', 'migrate']])
        {
            const answer = await admin.call(method, path, body, headers);

            isProblem(answer, 503, 'storage_unavailable');
            like(answer.body.detail, /newer version \(schema "(5|x)"\)/,
                `${method} ${path}`);
        }
        isProblem(await register('Another', sold[0].credentials), 503,
            'storage_unavailable');

        const { body } = await admin.get('check');
        deepEqual(body.findings.map(({ code, object }) => `${code} ${object}`),
            ['schema_wrong meta']);
        ok(await dataOf(redis) === before, 'the data are others');
        await nginx.waitForLog(/data of domain "default" are of schema "(5|x)"/);
    });
}


test('data of a newer schema that ours may work with are served', async () => {
    const system = await startUpgrade(2, { http });
    const { admin, redis, hash } = system;

    await sum(admin);
    await redis.cli('hset', META, 'schema', 5, 'schema_min', 4);
    await asBefore(system);
    const { id } = await admin.create('projects', { name: 'Another' });
    is((await admin.delete(`projects/${id}`, '*')).status, 204);

    const { schema, schema_min, schema_4, generation } = await hash('meta');
    deepEqual([schema, schema_min], ['5', '4']);
    is(schema_4, generation);

    // as that node counts its changes, which are none of ours
    await redis.cli('hincrby', META, 'generation', 1);
    await asBefore(system);
    is((await hash('meta')).schema, '5');
});


test('with a full Redis: what is in order is read, what is older waits', async () => {
    const system = await startUpgrade(1, { http });
    const { admin, redis } = system;
    const full = (bytes) => redis.cli('config', 'set', 'maxmemory', bytes);

    await full(1);
    isProblem(await admin.get('service-accounts'), 503, 'storage_unavailable');
    isProblem(await admin.get('costs'), 503, 'storage_unavailable');
    await full(0);
    await asBefore(system);

    // somebody older has written, which cannot be put in order now
    await redis.cli('--raw', 'hincrby', META, 'generation', 1);
    await full(1);
    is((await admin.get('service-accounts')).status, 200);
    isProblem(await admin.post('projects', { name: 'Another' }), 503,
        'storage_unavailable');
    await full(0);
    await asBefore(system);
    await isConsistent(admin);
});


test('an upgrade is no matter of domains that begin with us', async () => {
    const { client, hash, redis } = await startUpgrade(1, { http });
    const admin = client({ domain: 'fresh' });

    await admin.create('projects', { name: 'Project' });
    const [schema, least] = (await redis.cli('hmget', 'billing:{fresh}:meta',
        'schema', 'schema_min')).split('\n');
    deepEqual([schema, least], ['4', '4']);
    deepEqual((await admin.call('POST', 'migrate')).body,
        { schema: 4, ended: false, removed: 0 });
    is((await hash('meta')).schema, undefined);
});


for (const [what, fields] of Object.entries({
    meta: ['meta'], fields: ['total', 'service', 'region', 'cells'] }))
{
    test(`a block whose ${what} are newer is read again, not taken for garbage`, async () => {
        const system = await startUpgrade(1, { http, calls: true });
        const { admin, redis, sandbox, answers, nginx } = system;
        const path = 'costs?start=2026-10&end=2026-10&group_by=service';
        const keys = (await redis.cli('keys', '*:cost:*:M:2026-10')).split('\n');

        for (const key of keys) {
            await redis.cli('eval', `
                for _, name in ipairs(ARGV) do
                    redis.call('HSET', KEYS[1], name, string.char(9)
                        .. redis.call('HGET', KEYS[1], name):sub(2))
                end`, 1, key, ...fields);
        }

        const calls = (await sandbox.counters()).by_path['/v1/search/billing'];
        const { body, text } = await admin.get(path);

        is(calls, undefined);
        deepEqual(figures(body), answers[path].currencies, text);
        is(body.complete, true);
        ok((await sandbox.counters()).by_path['/v1/search/billing'] > 0);
        ok(!/broken cost block/.test(nginx.errorLog()));
    });
}
