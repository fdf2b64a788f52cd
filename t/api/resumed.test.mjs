// What is paid by the page is not paid twice: a walk that dies amidst its pages
// is gone on with by the next lookup, on whatever node.

import { readFileSync } from 'node:fs';

import { awsKey, startClouds, sumsOf } from '../lib/clouds.mjs';
import { startBilling } from '../lib/billing.mjs';
import { startWorld } from '../lib/world.mjs';
import { after, deepEqual, is, ok, test } from '../lib/tap.mjs';
import { formatDay, monthFirst, monthOf, today } from '../sandbox/calendar.mjs';


const PAGES = 5;

const clouds = await startClouds();
const { aws } = clouds;
const world = await startWorld({ http: clouds.directives() });
const other = await startBilling({ redis: world.redis, sandbox: world.sandbox,
    key: readFileSync(world.key), http: clouds.directives() });
after(() => other.nginx.stop());

const { redis } = world;
const project = await world.createProject('Resumed');
const period = { start: formatDay(monthFirst(monthOf(today()) - 11)),
    end: formatDay(today()) };
const [kind] = clouds.kinds;
const sums = await clouds.expected(period, [kind]);
const { rows } = await aws.data({ ...period, granularity: 'MONTHLY',
    group_by: 'date,region,service' });

await aws.settings({ page_size: Math.ceil(rows.length / PAGES) });

const pages = async () => (await aws.calls()).map(({ page }) => page);
const keys = async (word) => (await redis.cli('keys',
    `billing:{default}:${word}:*`)).split('\n').filter((key) => key !== '');
const forget = async (...words) => {
    for (const word of words) {
        for (const key of await keys(word)) {
            await redis.cli('del', key);
        }
    }
};
let count = 0;

// An account of a domain's own whose third page has just failed, and to which
// the failure is not held any more.
async function broken() {
    await forget('resume');
    for (const account of (await world.admin.get('service-accounts')).body
        .service_accounts) {
        await world.admin.delete(`service-accounts/${account.id}`, '*');
    }
    const { id } = await world.admin.create('service-accounts', {
        name: `AWS ${++count}`, provider: 'aws', project_id: project.id,
        credentials: awsKey(aws.credentials.main) });

    await aws.control('DELETE', 'calls');
    await aws.fault({ page: 3, status: 500 });
    const { json } = await world.get('costs');
    await aws.control('DELETE', 'faults');

    is(json.complete, false);
    deepEqual(await pages(), [1, 2, 3, 3, 3]);
    await forget('failing');
    await aws.control('DELETE', 'calls');
    return id;
}


test('the next lookup goes on, on another node', async () => {
    await broken();
    is((await keys('resume')).length, 1);
    const { body, text } = await other.client().get('costs');

    is(body.complete, true, text);
    deepEqual(await pages(), [3, 4, 5]);
    deepEqual(sumsOf(body), sums);
    deepEqual(await keys('resume'), [], 'nothing is left of it');

    // what was stored is whole, too
    const { json } = await world.get('costs?group_by=region,service');
    deepEqual(sumsOf(json), sums);
});


test('it may die again, and again', async () => {
    await broken();

    await aws.fault({ page: 5, status: 503 });
    is((await world.get('costs')).json.complete, false);
    await aws.control('DELETE', 'faults');
    deepEqual(await pages(), [3, 4, 5, 5, 5]);
    await forget('failing');
    await aws.control('DELETE', 'calls');

    const { json } = await world.get('costs');
    deepEqual(await pages(), [5]);
    deepEqual(sumsOf(json), sums);
});


test('who wants figures anew gets them from the first page on', async () => {
    await broken();
    const { json } = await world.get('costs?refresh=true');

    deepEqual(await pages(), [1, 2, 3, 4, 5]);
    deepEqual(sumsOf(json), sums);
    deepEqual(await keys('resume'), []);
});


for (const type of ['InvalidNextTokenException', 'RequestChangedException']) {
    test(`${type}: it begins anew, once`, async () => {
        await broken();
        await aws.fault({ page: 3, times: 1, status: 400,
            body: { __type: type } });
        const { json } = await world.get('costs');

        is(json.complete, true);
        deepEqual(await pages(), [3, 1, 2, 3, 4, 5]);
        deepEqual(sumsOf(json), sums);
        await aws.control('DELETE', 'faults');
    });
}


test('other credentials begin anew', async () => {
    const id = await broken();
    const { headers, body } = await world.admin.get(`service-accounts/${id}`);

    ok(body.id === id);
    const { status, text } = await world.admin.patch(`service-accounts/${id}`,
        { credentials: awsKey(aws.credentials.main) }, headers.etag);
    is(status, 200, text);
    await aws.control('DELETE', 'calls');
    const { json } = await world.get('costs');

    deepEqual(await pages(), [1, 2, 3, 4, 5]);
    deepEqual(sumsOf(json), sums);
});


test('what is kept of it and is broken is not believed', async () => {
    await broken();
    const [key] = await keys('resume');
    const fields = (await redis.cli('hkeys', key)).split('\n');

    await redis.cli('hset', key, fields.find((one) => /^\d/.test(one)), 'x');
    const { json } = await world.get('costs');

    deepEqual(await pages(), [1, 2, 3, 4, 5]);
    deepEqual(sumsOf(json), sums);
});
