// Keys change while two nodes serve: nothing fails, nothing is lost, and in the
// end the old key opens nothing any more.

import { createCipheriv, randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';

import { keyLine, linkedAccount, startBilling, tellChanged } from '../lib/billing.mjs';
import { after, deepEqual, is, like, ok, test, until } from '../lib/tap.mjs';


const [k1, k2] = [keyLine('k1'), keyLine('k2')];
const options = { key: k1, keepAlive: false, nginx: { level: 'notice' } };
const one = await startBilling(options);
const two = await startBilling(
    { ...options, redis: one.redis, sandbox: one.sandbox });
const nodes = [one, two];

after(() => one.stop());
after(() => two.nginx.stop());

const admin = one.client();
const other = two.client();
const project = await admin.create('projects', { name: 'Project' });
const field = (id) => one.redis.cli(
    'hget', `billing:{default}:account:${id}`, 'credential');
const reseal = async (client = admin) => {
    const { status, body, text } = await client.call('POST', 'reseal');

    is(status, 200, text);
    return body;
};

async function rotate(text) {
    for (const { key, nginx } of nodes) {
        writeFileSync(key, text);
        await nginx.reload();
    }
}

async function make(client, name) {
    return client.create('service-accounts', {
        name, provider: 'hyperbilling_aws', project_id: project.id,
        credentials: await one.credentials([linkedAccount()]),
    });
}

async function states(client, query = '') {
    const { body, headers } = await client.get(`costs${query}`);

    return { cache: headers['x-billing-cache'],
        of: Object.fromEntries(body.accounts.map(
            ({ id, state, code }) => [id, code ? `${state} ${code}` : state])) };
}

const all = (ids, state) => Object.fromEntries(ids.map((id) => [id, state]));


// Creates, changes credentials, asks, until it is told to stop; what is not
// answered as it should be is a failure.
function load() {
    const failures = [];
    const ids = [];
    let over = false;
    let calls = 0;

    const expect = (wanted, { status, text }) => {
        calls++;
        if (status !== wanted) {
            failures.push(`${status} ${text}`);
        }
    };
    const worker = async (client, name) => {
        for (let i = 0; !over; i++) {
            const account = await make(client, `${name} ${i}`);
            const target = `service-accounts/${account.id}`;
            const credentials = await one.credentials([linkedAccount()]);

            expect(200, await client.patch(target, { credentials }, '*'));
            // of these, the key is the one that is sealed
            expect(200, await client.patch(target,
                { credentials: { account: `all ${i}` } }, '*'));
            expect(200, await client.get(
                `costs?account=${account.id}&refresh=true`));
            if (i % 2) {
                expect(204, await client.delete(target, '*'));
            } else {
                ids.push(account.id);
            }
        }
    };
    const done = Promise.all([worker(admin, 'a'), worker(other, 'b')]);

    return {
        more: (n) => until(() => calls >= n, `${n} calls`, 60_000),
        calls: () => calls,
        async stop() {
            over = true;
            await done;
            deepEqual(failures, []);
            return ids;
        },
    };
}


test('the whole way, under load: two nodes, no failure', async () => {
    const ids = [];
    for (let i = 0; i < 30; i++) {
        ids.push((await make(i % 2 ? admin : other, `n ${i}`)).id);
    }
    const versions = async () => (await admin.get('service-accounts?limit=1000'))
        .body.service_accounts.filter(({ id }) => ids.includes(id));
    const before = await versions();

    const busy = load();
    await busy.more(20);
    await rotate(k1 + k2);
    await busy.more(busy.calls() + 20);
    await rotate(k2 + k1);
    await busy.more(busy.calls() + 20);

    const first = await reseal();
    deepEqual(first.failed, []);
    ok(first.resealed >= 30, JSON.stringify(first));
    is(first.total, first.resealed + first.already);

    const second = await reseal(other);
    deepEqual([second.resealed, second.failed], [0, []]);

    await rotate(k2);
    await busy.more(busy.calls() + 20);
    const made = await busy.stop();

    deepEqual(await versions(), before, 'nobody sees a difference');
    ids.push(...made);
    for (const id of ids) {
        like(await field(id), /^v2:k2:/);
    }
    for (const client of [admin, other]) {
        deepEqual((await states(client, '?refresh=true')).of, all(ids, 'fresh'));
    }

    const entries = (await admin.get('audit?action=credentials.reseal')).body;
    is(entries.audit.length, 1, 'an entry for what was done');
});


test('figures that are kept stay', async () => {
    const { id } = await make(admin, 'Kept');

    await states(admin, `?account=${id}`);
    await rotate(k1 + k2);
    is((await reseal()).failed.length, 0);
    like(await field(id), /^v2:k1:/);
    is((await states(other, `?account=${id}`)).cache, 'HIT');
    await rotate(k2 + k1);
    await reseal();
});


test('what no key opens is named, and said in the figures', async () => {
    const account = await make(admin, 'Broken');
    const whole = await make(admin, 'Whole');
    const key = `billing:{default}:account:${account.id}`;
    const sealed = await field(account.id);

    // under the first key's name, but not by it
    await one.redis.cli('hset', key, 'credential',
        sealed.slice(0, -8) + 'AAAAAA==');
    await tellChanged(one.redis, account.id);

    const { total, already, failed } = await reseal();
    deepEqual(failed, [account.id]);
    is(total, already + 1);

    const { of } = await states(admin, '?refresh=true');
    is(of[account.id], 'failed sealed');
    is(of[whole.id], 'fresh');

    is((await admin.delete(`service-accounts/${account.id}`, 1)).status, 204);
});


test('a node without the new key says so', async () => {
    const { id } = await make(admin, 'Late node');

    writeFileSync(two.key, k1);
    await two.nginx.reload();
    is((await states(other, `?account=${id}&refresh=true`)).of[id],
        'failed sealed');
    const result = await reseal(other);
    is(result.failed.length, result.total);
    await rotate(k2 + k1);
});


test('a creation that is sent again after the keys have changed', async () => {
    const key = { 'Idempotency-Key': randomUUID() };
    const body = {
        name: 'Again', provider: 'hyperbilling_aws', project_id: project.id,
        credentials: await one.credentials([linkedAccount()]),
    };
    const answers = [await admin.post('service-accounts', body, key)];

    for (const text of [k1 + k2, keyLine('k3') + k1 + k2, k2]) {
        await rotate(text);
        answers.push(await admin.post('service-accounts', body, key));
        is((await admin.post('service-accounts', { ...body, name: 'Else' }, key))
            .status, 422, 'another body under the key');
    }

    answers.forEach(({ status }) => is(status, 201));
    is(new Set(answers.map(({ text }) => text)).size, 1);
});


test('thousands, while others are served', async () => {
    const raw = Buffer.from(k2.trim().split(':')[1], 'base64');
    const { id: from } = await make(admin, 'Many');
    const ids = Array.from({ length: 3000 },
        () => `sa-${randomBytes(6).toString('hex')}`);
    const seal = (id) => {
        const nonce = randomBytes(12);
        const cipher = createCipheriv('aes-256-gcm', raw, nonce);
        cipher.setAAD(Buffer.from(`v1/default/${id}`));
        const text = cipher.update('{"account":"all","email":"e","key":"k"}');
        return `v1:k2:${Buffer.concat([nonce, text, cipher.final(),
            cipher.getAuthTag()]).toString('base64')}`;
    };

    for (let i = 0; i < ids.length; i += 500) {
        const some = ids.slice(i, i + 500);
        await one.redis.cli('eval', `
            local base = 'billing:{default}:'
            for i = 2, #ARGV, 2 do
                local key = base .. 'account:' .. ARGV[i]
                redis.call('COPY', base .. 'account:' .. ARGV[1], key)
                local m = base .. 'meta'
                redis.call('HSET', key, 'credential', ARGV[i + 1], 'seq',
                    redis.call('HINCRBY', m, 'seq', 1), 'linked', '[]')
                redis.call('SADD', base .. 'accounts', ARGV[i])
                local generation = redis.call('HINCRBY', m, 'generation', 1)
                redis.call('HSET', m, 'schema_4', generation)
                redis.call('ZADD', base .. 'changes', generation,
                    'account:' .. ARGV[i])
            end`, '0', from, ...some.flatMap((id) => [id, seal(id)]));
    }
    await rotate(k1 + k2);

    let over = false;
    let served = 0;
    const others = (async () => {
        while (!over) {
            is((await admin.get('health')).status, 200);
            served++;
        }
    })();
    const { total, resealed, failed } = await reseal();
    over = true;
    await others;

    deepEqual([failed, resealed], [[], total]);
    ok(total > 3000);
    ok(served > 5, `${served} others were served meanwhile`);

    for (const id of [ids[0], ids[1500], ids[2999]]) {
        like(await field(id), /^v2:k1:/);
    }
});
