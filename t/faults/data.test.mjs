// What stands in Redis is not what we wrote: it is noticed, never summed up,
// and mended where it can be.

import { isProblem, linkedAccount, startBilling } from '../lib/billing.mjs';
import { after, deepEqual, is, like, ok, test } from '../lib/tap.mjs';


const billing = await startBilling();
after(() => billing.stop());

const { cli } = billing.redis;
let count = 0;


// A domain with a project and two accounts, which have costs.
async function domain() {
    const name = `d${++count}`;
    const client = billing.client({ domain: name });
    const base = `billing:{${name}}:`;
    const project = await client.create('projects', { name: 'Project' });
    const [one, other] = await Promise.all(['One', 'Other'].map(
        async (title) => client.create('service-accounts', {
            name: title, provider: 'hyperbilling_aws', project_id: project.id,
            credentials: await billing.credentials([linkedAccount()]),
        })));

    return {
        client, base, project, one, other,

        // writes into Redis behind the module's back
        async spoil(name, ...command) {
            await cli(command[0], `${base}${name}`, ...command.slice(1));
            await cli('zadd', `${base}changes`,
                await cli('hincrby', `${base}meta`, 'generation', 1), name);
        },

        async costs(query = '') {
            const { status, body, text } = await client.get(`costs${query}`);
            is(status, 200, text);
            return body;
        },
    };
}

const state = ({ accounts }, { id }) => {
    const one = accounts.find((account) => account.id === id);
    return `${one.state} ${one.code}`;
};

const figures = ({ currencies, complete }) => ({ currencies, complete });


test('a broken block is fetched again, whichever part is broken', async () => {
    const { client, base, one, costs } = await domain();
    const targets = ['costs?group_by=service', 'costs?group_by=region',
        'costs?group_by=service,region', 'costs', 'dashboard'];
    const answers = () => Promise.all(targets.map(async (target) =>
        figures((await client.get(target)).body)));
    const right = await answers();

    is(right[0].complete, true);

    const month = (await costs()).dates[3];
    const key = `${base}cost:${one.id}:1:M:${month}`;
    const whole = Buffer.from(await cli('eval',
        'return (redis.call("HGET", KEYS[1], "cells"):gsub(".", '
        + 'function(c) return string.format("%02x", string.byte(c)) end))',
        1, key), 'hex');
    ok(whole.length > 100, 'cells');

    const set = (field, value) => cli('hset', key, field, value);
    const cut = (field, length) => cli('eval', 'redis.call("HSET", KEYS[1], '
        + 'ARGV[1], redis.call("HGET", KEYS[1], ARGV[1]):sub(1, ARGV[2]))',
        1, key, field, length);
    const append = (field) => cli('eval', 'redis.call("HSET", KEYS[1], '
        + 'ARGV[1], redis.call("HGET", KEYS[1], ARGV[1]) .. "\\0")',
        1, key, field);

    for (const field of ['meta', 'total', 'service', 'region', 'cells']) {
        for (const [how, spoil] of Object.entries({
            absent: () => cli('hdel', key, field),
            empty: () => set(field, ''),
            text: () => set(field, 'garbage'),
            number: () => set(field, '9'.repeat(300)),
            first: () => cut(field, 1),
            short: () => cut(field, 7),
            cut: () => cut(field, -2),
            long: () => append(field),
        })) {
            await spoil();
            deepEqual(await answers(), right, `${field} ${how}`);
        }
    }
});


test('a block that is no HASH is replaced', async () => {
    const { base, one, costs } = await domain();
    const right = figures(await costs());
    const key = `${base}cost:${one.id}:1:M:${(await costs()).dates[5]}`;

    for (const command of [['set', key, 'x'], ['lpush', key, 'x'],
        ['sadd', key, 'meta'], ['zadd', key, '1', 'meta']]) {
        await cli('del', key);
        await cli(...command);
        deepEqual(figures(await costs()), right, command[0]);
        is(await cli('type', key), 'hash', command[0]);
    }
});


test('a block of other linked accounts is not taken for ours', async () => {
    const { base, one, other, costs } = await domain();
    const right = figures(await costs());
    const month = (await costs()).dates[7];

    await cli('copy', `${base}cost:${other.id}:1:M:${month}`,
        `${base}cost:${one.id}:1:M:${month}`, 'replace');
    deepEqual(figures(await costs()), right);
});


test('a credential of another key, domain or account', async () => {
    const { client, one, other, spoil, costs } = await domain();
    const strange = await domain();
    const sealed = (at, { id }) => cli('hget', `${at.base}account:${id}`,
        'credential');
    const mine = await sealed({ base: `billing:{d${count - 1}}:` }, other);

    for (const credential of [mine, await sealed(strange, strange.one),
        'garbage', '', 'k1:', `k2${mine.slice(2)}`, mine.slice(0, -2),
        `${mine}AA`]) {
        await spoil(`account:${one.id}`, 'hset', 'credential', credential);

        const answer = await costs('?group_by=account');
        is(state(answer, one), 'failed sealed', credential);
        is(state(answer, other), 'fresh null');
        is(answer.complete, false);
        deepEqual(answer.currencies[0].groups.map(({ key }) => key.account),
            [other.id]);
    }

    // whoever gives the credentials again has them
    const { status } = await client.patch(`service-accounts/${one.id}`,
        { credentials: await billing.credentials([linkedAccount()]) }, 1);
    is(status, 200);
    is((await costs()).complete, true);
});


test('an account that has lost its fields is shown, and fails', async () => {
    const { client, base, one, other, spoil, costs } = await domain();

    await cli('del', `${base}account:${one.id}`);
    await spoil(`account:${one.id}`, 'hset', 'strange', 'field');

    const { body } = await client.get('service-accounts');
    is(body.total, 2);
    deepEqual(body.service_accounts.find(({ id }) => id === one.id), {
        id: one.id, name: '', project_id: null, tags: {}, provider: '',
        credentials: {}, state: 'unverified', reason: null, shrunk_at: null,
        verified_at: null, created_at: '', updated_at: '', version: 0,
    });

    const answer = await costs();
    is(answer.complete, false);
    is(state(answer, one), 'disabled null');
    is(state(answer, other), 'fresh null');
});


test('texts that are broken leave answers that are JSON', async () => {
    const { client, project, one, spoil } = await domain();
    const broken = ['{"a":', '[1]', 'null', '"', '', 'x'.repeat(5000),
        Buffer.from('{"a":"\xff"}', 'latin1').toString('latin1')];

    for (const text of broken) {
        for (const field of ['tags', 'shown', 'name', 'state', 'created_at',
            'verified_at', 'provider', 'version', 'seq', 'accounts']) {
            await spoil(`account:${one.id}`, 'hset', field, text);
            await spoil(`project:${project.id}`, 'hset', field, text);
        }

        for (const target of ['service-accounts', 'projects', 'costs',
            `service-accounts/${one.id}`, `projects/${project.id}`,
            'dashboard', `projects/${project.id}/dashboard`]) {
            const answer = await client.get(target);
            is(answer.status, 200, answer.text);
            ok(typeof answer.body === 'object', target);
        }
    }
    like(billing.nginx.errorLog(),
        /field "shown" of account "sa-\w+" in redis is broken/);
});


test('a broken list of linked accounts is read again, not empty', async () => {
    const { client, one, spoil, costs } = await domain();
    const right = figures(await costs());

    for (const list of ['garbage', '{"a":1}', '[1,2]', '[["x"]]', 'null', '[',
        '["000000000001",{}]']) {
        await spoil(`account:${one.id}`, 'hset', 'linked', list);
        deepEqual(figures(await costs()), right, list);
    }

    await spoil(`account:${one.id}`, 'hset', 'linked', '[{}]');
    is((await client.delete(`service-accounts/${one.id}`, '*')).status, 204);
});


test('keys of other types: nothing is answered that is not so', async () => {
    const { client, base, one } = await domain();
    const targets = ['service-accounts', 'projects', 'costs', 'dashboard'];
    const change = () => cli('hincrby', `${base}meta`, 'generation', 1);

    // each in the way of all reads of the domain
    for (const [name, ...spoil] of [
        [`account:${one.id}`, 'set', 'x'], ['changes', 'set', 'x'],
        ['meta', 'set', 'x'],
    ]) {
        await cli('rename', `${base}${name}`, 'saved');
        await cli(spoil[0], `${base}${name}`, ...spoil.slice(1));
        if (name === `account:${one.id}`) {
            await cli('zadd', `${base}changes`, await change(), name);
        } else if (name === 'changes') {
            await change();
        }

        for (const target of targets) {
            isProblem(await client.get(target), 503, 'storage_unavailable');
        }
        if (!/account/.test(name)) {
            isProblem(await client.post('projects', { name: 'New' }), 503,
                'storage_unavailable');
        }
        await cli('rename', 'saved', `${base}${name}`);
        for (const target of targets) {
            is((await client.get(target)).status, 200, target);
        }
    }

    is((await client.get('projects')).body.total, 1);
    await client.create('projects', { name: 'New' });
});


test('what others put among the changes is passed over', async () => {
    const { client, spoil, costs } = await domain();
    const right = figures(await costs());

    for (const name of ['what:ever', 'account:', 'account:zz', 'project:x',
        'project_group:', `account:sa-${'0'.repeat(12)}`]) {
        await spoil(name, 'del');
        deepEqual(figures(await costs()), right, name);
    }
    is((await client.get('service-accounts')).body.total, 2);
});
