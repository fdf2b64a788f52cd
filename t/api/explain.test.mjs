// GET costs?explain=true: which rule made each block fresh, old or missing, and
// where it came from.

import { isProblem, linkedAccount } from '../lib/billing.mjs';
import { deepEqual, is, ok, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const path = '/v1/search/billing';
const world = await startWorld({
    http: 'billing_cache_valid current 1h; billing_cache_valid closed 30d;',
});
const { sandbox, get, redis } = world;
const project = await world.createProject('project');
const credential = { client: 'client', secret: 's' };
const linked = [linkedAccount(), linkedAccount()];

await sandbox.setCredential({ ...credential, linked });
const { id } = await world.createAccount('account', project.id, credential);

const now = new Date();
const month = (back) => new Date(Date.UTC(now.getUTCFullYear(),
    now.getUTCMonth() - back, 1)).toISOString().slice(0, 7);
const range = `start=${month(3)}&end=${month(0)}`;
const explained = async (query = '') => {
    const answer = await get(`costs?${range}&explain=true${query}`);

    is(answer.status, 200, answer.text);
    return answer.json.accounts[0].blocks;
};
const brief = (blocks) => blocks.map(({ state, rule, from }) =>
    `${state} ${rule} ${from}`);
const four = (text) => [text, text, text, text];


test('of what nobody has read, and of what was', async () => {
    const blocks = await explained();

    deepEqual(blocks.map((block) => block.month), [3, 2, 1, 0].map(month));
    deepEqual([...new Set(blocks.map(({ granularity }) => granularity))], ['MONTHLY']);
    deepEqual(brief(blocks), four('fresh unread provider'));
    ok(blocks.every(({ as_of }) => Math.abs(Date.parse(as_of) - Date.now()) < 600_000));

    const again = brief(await explained());

    is(again[0], 'fresh settled cache');
    is(again[3], 'fresh age cache');
    is((await get(`costs?${range}`)).json.accounts[0].blocks, undefined,
        'an answer that others get has none');
});


test('of days', async () => {
    const { json } = await get(`costs?granularity=DAILY&start=${month(0)}-01`
        + `&end=${month(0)}-01&explain=true`);

    deepEqual(json.accounts[0].blocks.map(({ granularity, month: of, state }) =>
        `${granularity} ${of} ${state}`), [`DAILY ${month(0)} fresh`]);
});


test('a refresh, and a list that changed', async () => {
    deepEqual(brief(await explained('&refresh=true')), four('fresh refresh provider'));

    await sandbox.setLinked(credential.client, [...linked, linkedAccount()]);
    const own = await redis.cli('keys', `*:account:${id}`);
    const base = own.slice(0, -`account:${id}`.length);

    for (const field of ['linked_at', 'tried_at']) {
        await redis.cli('hset', own, field, Math.floor(Date.now() / 1000) - 100_000);
    }
    await redis.cli('zadd', `${base}changes`,
        await redis.cli('hincrby', `${base}meta`, 'generation', 1), `account:${id}`);

    const blocks = brief(await explained());

    is(blocks[3], 'fresh list provider');
});


test('of what is missing, why', async () => {
    await sandbox.setCredential({ client: 'down', secret: 's', linked: [linkedAccount()] });
    await world.createAccount('down', (await world.createProject('other')).id,
        { client: 'down', secret: 's' });
    await sandbox.fault({ path, client: 'down', status: 503 });

    const { json } = await get(`costs?${range}&explain=true&refresh=true`);
    const { code, blocks } = json.accounts.find((one) => one.state === 'failed');

    deepEqual(blocks.map(({ state, rule, from, as_of }) => [state, rule, from, as_of]),
        [3, 2, 1, 0].map(() => ['missing', code, null, null]));
    await sandbox.clearFaults();
});


test('old by age, while it is being read again', async () => {
    const brisk = await startWorld({
        http: 'billing_cache_valid current 1s; billing_cache_valid closed 30d;',
    });

    await brisk.sandbox.setCredential({ ...credential, linked: [linkedAccount()] });
    await brisk.createAccount('account',
        (await brisk.createProject('project')).id, credential);
    await brisk.get(`costs?${range}`);
    await until(async () => {
        const { json } = await brisk.get(`costs?${range}&explain=true`);
        const [block] = json.accounts[0].blocks.slice(-1);

        return `${block.state} ${block.rule} ${block.from}` === 'old age cache';
    }, 'an old block', 20_000);
});


test('who may ask, and how', async () => {
    const member = world.client({ role: 'member', projects: [project.id] });

    isProblem(await member.get('costs?explain=true'), 403, 'forbidden');
    is((await member.get('costs?explain=false')).status, 200);
    const bad = await get('costs?explain=maybe');
    isProblem({ ...bad, body: bad.json }, 422, 'invalid');
    is(bad.json.errors[0].pointer, '/explain');
    const file = await get('costs?explain=true&format=csv');
    isProblem({ ...file, body: file.json }, 422, 'invalid');
    is(file.json.errors[0].pointer, '/explain');
});
