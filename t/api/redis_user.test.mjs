// A user of Redis who may do what DIRECTIVES.md says, and nothing more.

import { readFileSync } from 'node:fs';

import { startRedis } from '../lib/redis.mjs';
import { after, is, ok, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const readme = readFileSync(new URL('../../src/http/DIRECTIVES.md', import.meta.url), 'utf8');
const [, name, rules] = /^ {4}user (\S+) ((?:.+\n {9})*.+)/m.exec(readme);
const [password] = /(?<=>)\S+/.exec(rules);

const redis = await startRedis();
after(() => redis.stop());
await redis.cli('acl', 'setuser', name, ...rules.split(/\s+/));

const world = await startWorld({
    redis, redisUser: `${name}:${password}@`,
    http: 'billing_lookup_limit 1000/day;',
});
const { admin, get } = world;
const refused = async () => (await redis.cli('acl', 'log')).trim();


test('the workers connect, and listen', async () => {
    await until(async () => await redis.cli('pubsub', 'numsub',
        'billing:changed') !== 'billing:changed\n0', 'a listener');
    is((await get('health')).status, 200);
    is(await refused(), '');
});


test('objects come, change and go; figures are looked up and kept', async () => {
    const group = await world.createGroup('Group');
    const project = await world.createProject('Project', group.id);
    const credential = { client: 'redis', secret: 's' };
    await world.sandbox.setCredential(
        { ...credential, linked: ['700000000001'] });
    const account = await world.createAccount(
        'Account', project.id, credential);

    for (const path of ['costs', 'costs?refresh=true', 'dashboard',
        'costs?granularity=DAILY', `projects/${project.id}/dashboard`,
        'session', 'service-accounts', 'providers', 'audit',
        'check']) {
        ok((await get(path)).status < 300, path);
    }

    for (const [method, path, body] of [
        ['PATCH', `service-accounts/${account.id}`, { name: 'Other' }],
        ['PATCH', `projects/${project.id}`, { group_id: null }],
        ['DELETE', `service-accounts/${account.id}`],
        ['DELETE', `projects/${project.id}`],
        ['DELETE', `project-groups/${group.id}`],
    ]) {
        const headers = { 'If-Match': '*' };
        const { status } = await admin.call(method, path, body, headers);
        ok(status < 300, `${method} ${path}: ${status}`);
    }

    is(await refused(), '');
});
