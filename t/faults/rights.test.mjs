// A user of Redis who lacks one of the rights that the README names: what he
// may not do is refused as a whole, the log says why, and with the right all
// is well again.

import { readmeUser } from '../lib/acl.mjs';
import { isConsistent, keyLine, startBilling } from '../lib/billing.mjs';
import { startRedis } from '../lib/redis.mjs';
import { after, deepEqual, is, like, ok, test, until } from '../lib/tap.mjs';
import { startSandbox } from '../sandbox/index.mjs';
import { endpoints } from './endpoints.mjs';


const { name, password, args } = readmeUser('billing');
const rules = args.slice(2);
const redis = await startRedis();
const sandbox = await startSandbox({ child: true });
const shared = { redis, sandbox, key: keyLine() };

const may = (...list) => redis.cli('acl', 'setuser', name, 'reset', ...list);
await may(...rules);

// what has to be there is made by one who may do all
const full = await startBilling(shared);
const less = await startBilling({
    ...shared, redisUser: `${name}:${password}@`,
    prefix: 'billing: timeout=2s', http: 'billing_lookup_limit 1000/day;',
});
after(async () => {
    await less.nginx.stop();
    await full.nginx.stop();
    await sandbox.stop();
    await redis.stop();
});

const table = await endpoints(full);
const [worker] = less.nginx.workers();
const answered = async () => (await less.client().get('health')).status === 200
    && (await less.client().get('projects?limit=1')).status === 200;


// What would stay in Redis for ever, though it should not.
const stays = async () => (await redis.cli('eval', `
    local found = {}
    for _, key in ipairs(redis.call('KEYS', 'billing:*')) do
      local kind = key:match('}:([^:]+):')
      if kind and (' cost usage failing resume once verifying full waiting '
        .. 'permits lock paused '):find(' ' .. kind .. ' ', 1, true)
        and redis.call('TTL', key) == -1 then
        found[#found + 1] = key
      end
    end
    return table.concat(found, ' ')`, 0)).trim();


// Asks all endpoints; returns the names of those that were refused.  A change
// is made as a whole, or not at all.
async function each() {
    const refused = [];
    const domains = new Set();

    for (const [title, prepare] of Object.entries(table)) {
        const { method, path, text, headers, done } = await prepare();
        const answer = await less.client().call(method, path, text, headers);

        domains.add(headers['X-Domain']);

        if (answer.status === 503) {
            is(answer.body.code, 'storage_unavailable');
            refused.push(title);
            ok(!done || !await done()
                || /reseal|verify|migrate/.test(title), `${title} was refused`);
        } else {
            ok(answer.status < 300, `${title}: ${answer.text}`);
        }
    }
    await isConsistent(...[...domains].map((domain) =>
        full.client({ domain })));
    is(await stays(), '');
    return refused;
}


// What is asked for once, when a connection begins.
const AT_CONNECT = {
    '+ping': /not ready \(NOPERM\)/,
    '+select': /database refused \(NOPERM\)/,
    '+subscribe': /no subscription to redis .*: subscription refused/,
    '&billing:changed': /no subscription to redis .*: subscription refused/,
};

for (const right of rules.filter((rule) => /^[+~&]/.test(rule))) {
    test(`without ${right}`, async () => {
        await until(answered, 'its connections');
        const before = less.nginx.errorLog().length;
        const log = () => less.nginx.errorLog().slice(before);

        await may(...rules.filter((rule) => rule !== right));
        if (AT_CONNECT[right]) {
            await redis.cli('client', 'kill', 'user', name);
            await until(() => AT_CONNECT[right].test(log()), 'a refusal');
        }
        if (/subscribe|&/.test(right)) {
            await until(answered, 'the other connection');
        }

        const refused = await each();

        if (refused.length > 0) {
            like(log(), /NOPERM|no permissions to run|lacks a right that DIRECTIVES.md names/);
        }
        deepEqual(less.nginx.workers(), [worker]);

        await may(...rules);
        await until(answered, 'all to be well');
        is((await less.client().get('costs')).body.complete, true);
    }, { timeout: 300_000 });
}


// The keys of one kind only, and those that may be read only.
const patterns = [['~billing:{*}:meta', '~billing:{*}:audit'],
    ['~billing:{*}:meta', '~billing:{*}:audit', '~billing:{*}:a*',
        '~billing:{*}:c*', '~billing:{*}:d*', '~billing:{*}:project_*'],
    ['%R~billing:*'], ['~other:*']];

for (const list of patterns) {
    test(`with ${list.join(' ')}`, async () => {
        await may(...rules.filter((rule) => !rule.startsWith('~')), ...list);
        const refused = await each();

        ok(refused.includes('POST projects'));
        ok(refused.includes('DELETE service-accounts/{id}'));
        await may(...rules);
        await until(answered, 'all to be well');
        is((await less.client().get('costs')).body.complete, true);
    }, { timeout: 300_000 });
}


test('with all of them nothing is refused', async () => {
    await redis.cli('acl', 'log', 'reset');
    deepEqual(await each(), []);
    is(await redis.cli('acl', 'log'), '');
});
