// GET check: every kind of damage, done to Redis by hand, is found, and nothing
// else is; what others write meanwhile is no damage.

import { isProblem, keyLine, linkedAccount, startBilling } from '../lib/billing.mjs';
import { months } from '../lib/figures.mjs';
import { checkAnswer, openapi } from '../lib/openapi.mjs';
import { after, deepEqual, is, ok, test } from '../lib/tap.mjs';


const billing = await startBilling({
    sandbox: { child: true }, key: keyLine('k1'), nginx: { level: 'notice' },
});
after(() => billing.stop());

const { redis } = billing;
const provider = 'hyperbilling_aws';
const month = months(-2, -2)[0];
const GONE = 'sa-ffffffffffff';
const sides = new Set();
let count = 0;


// { ok, complete, checked, findings } of the domain; findings as "code object".
async function check(client) {
    const answer = await client.get('check');

    checkAnswer('GET', 'check', { ...answer, body: Buffer.from(answer.text) });
    is(answer.status, 200, answer.text);
    answer.body.findings.forEach(({ code }) => sides.add(code));
    return {
        ...answer.body, told: answer.text,
        findings: answer.body.findings.map(({ code, object }) =>
            `${code} ${object}`).sort(),
    };
}


// A domain with a group in a group, a project, an account and a block of it,
// and a command line for its keys.
async function domain() {
    const client = billing.client({ domain: `d${++count}` });
    const linked = linkedAccount();
    const outer = await client.create('project-groups', { name: 'Outer' });
    const inner = await client.create('project-groups',
        { name: 'Inner', parent_id: outer.id });
    const project = await client.create('projects',
        { name: 'Project', group_id: inner.id });
    const account = await client.create('service-accounts', {
        name: 'Account', provider, project_id: project.id,
        credentials: await billing.credentials([linked]),
    });

    is((await client.get(`costs?start=${month}&end=${month}`)).status, 200);

    const base = `billing:{d${count}}:`;
    return {
        client, outer: outer.id, inner: inner.id, project: project.id,
        account: account.id, linked: `aws/${linked}`,
        block: `cost:${account.id}:1:M:${month}`, base,
        do: (command, key, ...words) =>
            redis.cli(command, base + key, ...words),
    };
}


// What is done, and what is found then.
const DAMAGE = {
    'an account that is not listed': async (d) => {
        await d.do('srem', 'accounts', d.account);
        return [`index_missing ${d.account}`];
    },
    'an account that has gone': async (d) => {
        await d.do('del', `account:${d.account}`);
        return [
            `block_gone ${d.block}`, `change_gone account:${d.account}`,
            `index_gone ${d.account}`, `linked_gone ${d.account}`,
            `name_gone ${d.account}`, `orphan account:${d.account}:blocks`,
            `project_set_gone ${d.account}`,
        ];
    },
    'one that is listed, and nowhere': async (d) => {
        await d.do('sadd', 'accounts', GONE);
        return [`index_gone ${GONE}`];
    },
    'an account without its name': async (d) => {
        await d.do('hdel', 'account_names', 'account');
        return [`name_missing ${d.account}`];
    },
    'an account with two names': async (d) => {
        await d.do('hset', 'account_names', 'other', d.account);
        return [`name_gone ${d.account}`];
    },
    'a name of two projects': async (d) => {
        await d.do('hset', `project_names:${d.inner}`, 'project',
            'project-ffffffffffff');
        return [
            'name_gone project-ffffffffffff', `name_missing ${d.project}`,
        ];
    },
    'a project whose set lacks an account': async (d) => {
        await d.do('srem', `project:${d.project}:accounts`, d.account);
        return [`project_set_missing ${d.account}`];
    },
    'a project that counts one too many': async (d) => {
        await d.do('sadd', `project:${d.project}:accounts`, GONE);
        return [`project_set_gone ${GONE}`];
    },
    'an account of no project': async (d) => {
        await d.do('hset', `account:${d.account}`, 'project_id',
            'project-ffffffffffff');
        return [
            `parent_missing ${d.account}`, `project_set_gone ${d.account}`,
            `project_set_missing ${d.account}`,
        ];
    },
    'a project of no group': async (d) => {
        await d.do('hset', `project:${d.project}`, 'group_id',
            'pg-ffffffffffff');
        return [
            `name_gone ${d.project}`, `name_missing ${d.project}`,
            `parent_missing ${d.project}`,
        ];
    },
    'groups in a circle': async (d) => {
        await d.do('hset', `project_group:${d.outer}`, 'parent_id', d.inner);
        return [
            `group_cycle ${d.inner}`, `group_cycle ${d.outer}`,
            `name_gone ${d.outer}`, `name_missing ${d.outer}`,
        ];
    },
    'groups too deep': async (d) => {
        const ids = [];
        for (let i = 0; i < 8; i++) {
            ids.push((await d.client.create('project-groups', {
                name: `Level ${i}`, parent_id: ids.at(-1) ?? null,
            })).id);
        }
        is((await check(d.client)).ok, true);
        await d.do('hset', `project_group:${ids[0]}`, 'parent_id', d.outer);
        return [
            `group_depth ${ids[7]}`, `name_gone ${ids[0]}`,
            `name_missing ${ids[0]}`,
        ];
    },
    'an object that readers are not told of': async (d) => {
        await d.do('zrem', 'changes', `project:${d.project}`);
        return [`change_missing ${d.project}`];
    },
    'a change of nothing': async (d) => {
        await d.do('zadd', 'changes', 1, `account:${GONE}`);
        return [`change_gone account:${GONE}`];
    },
    'a change of the future': async (d) => {
        await d.do('zadd', 'changes', 1e6, `project:${d.project}`);
        return [`counter_wrong project:${d.project}`];
    },
    'an end that readers are not told of': async (d) => {
        await d.do('zadd', 'deleted', 1, `account:${GONE}`);
        return [`change_gone account:${GONE}`];
    },
    'one that is there, and deleted': async (d) => {
        await d.do('zadd', 'deleted', 1, `account:${d.account}`);
        return [`change_gone account:${d.account}`];
    },
    'a place in lists that nobody has given': async (d) => {
        await d.do('hset', `project:${d.project}`, 'seq', 1000);
        return [`counter_wrong ${d.project}`];
    },
    'a version that is none': async (d) => {
        await d.do('hset', `account:${d.account}`, 'version', '1x');
        return [`field_wrong ${d.account}`];
    },
    'an account without credentials': async (d) => {
        await d.do('hdel', `account:${d.account}`, 'credential');
        return [`field_wrong ${d.account}`];
    },
    'a list that is none': async (d) => {
        await d.do('hset', `account:${d.account}`, 'linked', '["a",1');
        return [`field_wrong ${d.account}`, `linked_gone ${d.account}`];
    },
    'a linked account of nobody': async (d) => {
        await d.do('hdel', 'linked_accounts', d.linked);
        return [`linked_missing ${d.account}`];
    },
    'a linked account of somebody else': async (d) => {
        await d.do('hset', 'linked_accounts', d.linked, GONE);
        return [`linked_gone ${GONE}`, `linked_missing ${d.account}`];
    },
    'a linked account that two accounts have': async (d) => {
        const other = await d.client.create('service-accounts', {
            name: 'Other', provider, project_id: d.project,
            credentials: await billing.credentials([linkedAccount()]),
        });
        await d.do('hset', `account:${other.id}`, 'linked',
            await d.do('hget', `account:${d.account}`, 'linked'));
        return [`linked_gone ${other.id}`, `linked_twice ${other.id}`];
    },
    'data without a schema number': async (d) => {
        await d.do('hdel', 'meta', 'schema');
        return ['schema_wrong meta'];
    },
    'a schema that there is not': async (d) => {
        await d.do('hset', 'meta', 'schema', '4x');
        return ['schema_wrong meta'];
    },
    'an oldest schema that is newer': async (d) => {
        await d.do('hset', 'meta', 'schema_min', '5');
        return ['schema_wrong meta'];
    },
    'credentials under a key that is gone': async (d) => {
        await d.do('hset', `account:${d.account}`, 'credential',
            'v2:k0:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB');
        return [`credential_sealed ${d.account}`];
    },
    'credentials of another account': async (d) => {
        const other = await domain();
        await d.do('hset', `account:${d.account}`, 'credential',
            await other.do('hget', `account:${other.account}`, 'credential'));
        return [`credential_sealed ${d.account}`];
    },
    'credentials that are not bound to their version': async (d) => {
        await d.do('hset', `account:${d.account}`, 'credential',
            (await d.do('hget', `account:${d.account}`, 'credential'))
                .replace('v2:', 'v1:'));
        return [`credential_sealed ${d.account}`,
            `credential_unbound ${d.account}`];
    },
    'costs of no account': async (d) => {
        await d.do('hset', `cost:${GONE}:1:M:${month}`, 'meta', 'x');
        return [
            `block_gone cost:${GONE}:1:M:${month}`,
            `no_expiry cost:${GONE}:1:M:${month}`,
        ];
    },
    'costs of earlier credentials': async (d) => {
        await redis.cli('rename', `${d.base}${d.block}`,
            `${d.base}cost:${d.account}:7:M:${month}`);
        return [`block_gone cost:${d.account}:7:M:${month}`];
    },
    'costs that would outlive their account': async (d) => {
        await d.do('srem', `account:${d.account}:blocks`, d.base + d.block);
        return [`block_unlisted ${d.block}`];
    },
    'a lock for ever': async (d) => {
        await d.do('set', `lock:${d.block}`, 'token');
        return [`no_expiry lock:${d.block}`];
    },
    'a pause for ever': async (d) => {
        await d.do('set', `paused:${d.account}:1`, '9999999999999');
        return [`no_expiry paused:${d.account}:1`];
    },
    'a set of nobody': async (d) => {
        await d.do('sadd', `account:${GONE}:blocks`, 'x');
        return [`orphan account:${GONE}:blocks`];
    },
    'a text in the place of an index': async (d) => {
        await d.do('del', 'accounts');
        await d.do('set', 'accounts', 'x');
        return [`index_missing ${d.account}`, 'wrong_type accounts'];
    },
    'bytes that are no text': async (d) => {
        await d.do('sadd', 'accounts', 'sa-\u{e9}\n');
        await redis.cli('eval', 'return redis.call("SADD", KEYS[1], "\\255")',
            1, `${d.base}accounts`);
        return ['index_gone ?', 'index_gone sa-\u{e9}\n'];
    },
};


for (const [name, damage] of Object.entries(DAMAGE)) {
    test(`found: ${name}`, async () => {
        const d = await domain();
        const before = await check(d.client);

        deepEqual(before, {
            ok: true, complete: true, findings: [], told: before.told,
            checked: {
                project_groups: 2, projects: 1, service_accounts: 1, blocks: 1,
            },
        });
        const expected = await damage(d);
        const { ok: fine, complete, findings } = await check(d.client);

        deepEqual(findings, expected.sort());
        is(fine, false);
        is(complete, true);
    });
}


test('the table has every code of openapi.json', () => {
    deepEqual([...sides].sort(), [...openapi.components.schemas.Check.properties
        .findings.items.properties.code.enum].sort());
});


test('the key that is missing is named, no secret is', async () => {
    const d = await domain();

    await d.do('hset', `account:${d.account}`, 'credential', 'v1:k0:secret');
    const { told } = await check(d.client);

    ok(/\\"k0\\"/.test(told), told);
    ok(!/secret/.test(told), told);
});


test('an empty domain is in order', async () => {
    const { ok: fine, checked } = await check(
        billing.client({ domain: 'empty' }));

    is(fine, true);
    deepEqual(checked, {
        project_groups: 0, projects: 0, service_accounts: 0, blocks: 0,
    });
});


// By hand, for registering takes long: each as the store would have it.
async function fill(base, n) {
    await redis.cli('eval', `
        local base, n = ARGV[1], tonumber(ARGV[2])
        local p = 'project-000000000001'
        redis.call('HSET', base .. 'meta', 'generation', n + 1, 'seq', n + 1,
            'history', 'x')
        local function put(kind, id, i, fold, up, parent)
            redis.call('HSET', base .. kind .. ':' .. id, 'version', 1, 'revision',
                0, 'seq', i, 'fold', fold, 'name', fold, up, parent,
                'provider', 'hyperbilling_aws', 'credential', 'v1:k0:x',
                'credential_version', 1)
            redis.call('SADD', base .. kind .. 's', id)
            redis.call('ZADD', base .. 'changes', i, kind .. ':' .. id)
        end
        put('project', p, 1, 'p', 'group_id', '')
        redis.call('HSET', base .. 'project_names:', 'p', p)
        for i = 2, n + 1 do
            local id = string.format('sa-%012x', i)
            put('account', id, i, 'a' .. i, 'project_id', p)
            redis.call('HSET', base .. 'account_names', 'a' .. i, id)
            redis.call('SADD', base .. 'project:' .. p .. ':accounts', id)
        end`, 0, base, n);
}


test('a large domain is checked in slices, and at most so much is told', async () => {
    await fill('billing:{large}:', 2000);
    await redis.cli('config', 'resetstat');

    const { ok: fine, complete, findings, checked } = await check(
        billing.client({ domain: 'large' }));
    const [, calls] = /cmdstat_evalsha:calls=(\d+)/.exec(
        await redis.cli('info', 'commandstats'));

    is(fine, false);
    is(complete, false);
    is(findings.length, 1000);
    is(checked.service_accounts, 2000);
    ok(Number(calls) >= 10, `${calls} slices`);
});


test('what is written meanwhile is no damage', async () => {
    const { client } = await domain();
    let over = false;

    async function write(n) {
        for (let i = 0; !over; i++) {
            const group = await client.create('project-groups',
                { name: `G ${n} ${i}` });
            const project = await client.create('projects', { name: `P ${n}` });
            const path = `projects/${project.id}`;

            await client.patch(path, { group_id: group.id }, 1);
            const account = await client.post(
                'service-accounts?verify=later', {
                    name: `A ${n}`, provider, project_id: project.id,
                    credentials: await billing.credentials([linkedAccount()]),
                });

            is(account.status, 201, account.text);
            await client.delete(`service-accounts/${account.body.id}`, '*');
            await client.delete(path, '*');
            await client.delete(`project-groups/${group.id}`, '*');
        }
    }

    const writers = [1, 2, 3].map(write);
    try {
        for (let i = 0; i < 40; i++) {
            const { findings, complete } = await check(client);
            deepEqual(findings, []);
            is(complete, true);
        }
    } finally {
        over = true;
        await Promise.all(writers);
    }
});


test('groups in a circle hold what is below them', async () => {
    const d = await domain();
    const other = await d.client.create('project-groups', { name: 'Other' });

    await d.do('hset', `project_group:${d.outer}`, 'parent_id', d.inner);
    await billing.nginx.gone(await billing.nginx.reload());

    for (const [id, accounts] of [[d.inner, 1], [d.outer, 1], [other.id, 0]]) {
        const { body } = await d.client.get(
            `costs?start=${month}&end=${month}&project_group=${id}`);

        is(body.accounts.length, accounts, id);
    }
});


test('members may not ask, and nobody gets an answer without Redis', async () => {
    isProblem(await billing.client({ role: 'member' }).get('check'),
        403, 'forbidden');
    is((await billing.client().call('HEAD', 'check')).status, 200);

    redis.pause();
    const held = billing.client().get('check');
    await new Promise((done) => setTimeout(done, 100));
    redis.resume();
    is((await held).status, 200);

    await redis.kill();
    isProblem(await billing.client().get('check'), 503, 'storage_unavailable');
});
