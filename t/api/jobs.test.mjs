// BigQuery charges for a query when it runs: one that has run is not run again
// because its result was lost on the way.

import { googleKey, startClouds, sumsOf } from '../lib/clouds.mjs';
import { startWorld } from '../lib/world.mjs';
import { deepEqual, is, like, ok, test, until } from '../lib/tap.mjs';
import { formatDay, monthFirst, monthOf, today } from '../sandbox/calendar.mjs';


const clouds = await startClouds();
const { google } = clouds;
const world = await startWorld({ http: clouds.directives(),
    allow: [/signal 9/] });
const { redis, admin, nginx } = world;
const project = await world.createProject('Jobs');
const period = { start: formatDay(monthFirst(monthOf(today()) - 11)),
    end: formatDay(today()) };
const sums = await clouds.expected(period, clouds.kinds
    .filter(({ provider }) => provider === 'google_cloud').slice(0, 1));
const credentials = googleKey(google.credentials.main);

const forget = async (word) => {
    const keys = (await redis.cli('keys', `billing:{default}:${word}:*`))
        .split('\n').filter((key) => key !== '');

    for (const key of keys) {
        await redis.cli('del', key);
    }
    return keys.length;
};
const calls = async () => (await google.calls())
    .filter(({ path }) => path.includes('/queries'));
const paid = async () => (await calls()).filter((call) => call.paid).length;

// Nothing is known, kept or asked.
async function fresh(settings) {
    for (const { id } of (await admin.get('service-accounts')).body
        .service_accounts) {
        await admin.delete(`service-accounts/${id}`, '*');
    }
    await google.reset();
    await google.settings({ page_size: 100_000, ...settings });
    const { id } = await admin.create('service-accounts', { name: 'Google',
        provider: 'google_cloud', project_id: project.id, credentials });

    await google.control('DELETE', 'calls');
    return id;
}


// The next answer of the query that is run is lost.
function lose() {
    google.cloud.heard = ({ method, url, body }) => {
        if (method === 'POST' && url.endsWith('/queries')
            && !JSON.parse(body).dryRun) {
            google.cloud.heard = undefined;
            google.cloud.faults.add({ path: '/queries', status: 500, times: 1 });
        }
    };
}


test('the answer is lost: what is asked again is the same job', async () => {
    await fresh();
    lose();
    const { json } = await world.get('costs');

    is(json.complete, true);
    deepEqual(sumsOf(json), sums);
    is(await paid(), 1);
    is((await calls()).filter(({ again }) => again).length, 1);

    // and who wants it anew gets another one
    is((await world.get('costs?refresh=true')).json.complete, true);
    is(await paid(), 2);
});


test('a poll fails: the next lookup asks for the job', async () => {
    await fresh({ polls: 1 });
    await google.fault({ page: 1, status: 500 });
    is((await world.get('costs')).json.complete, false);
    await google.control('DELETE', 'faults');
    is(await forget('failing'), 1);

    const { json } = await world.get('costs');
    is(json.complete, true);
    deepEqual(sumsOf(json), sums);
    is(await paid(), 1);
    is(await forget('resume'), 0, 'nothing is left of it');
});


test('a page of the result fails: it is read once more, and not paid', async () => {
    await fresh({ page_size: 100 });
    await google.fault({ page: 2, status: 500 });
    is((await world.get('costs')).json.complete, false);
    await google.control('DELETE', 'faults');
    await forget('failing');

    const { json } = await world.get('costs');
    is(json.complete, true);
    deepEqual(sumsOf(json), sums);
    is(await paid(), 1);
});


test('the job is gone: the query runs anew, once', async () => {
    await fresh({ polls: 1 });
    await google.fault({ page: 1, status: 500 });
    is((await world.get('costs')).json.complete, false);
    await google.control('DELETE', 'faults');
    await forget('failing');
    await google.settings({ jobs_gone: true, polls: 0 });

    const { json } = await world.get('costs');
    is(json.complete, true);
    deepEqual(sumsOf(json), sums);
    is(await paid(), 2);
});


test('a worker dies: another one asks for its job', async () => {
    await fresh({ polls: 4 });
    const lost = world.get('costs').catch(() => null);

    await until(async () => (await calls()).some(({ method }) =>
        method === 'GET'));
    const [worker] = nginx.workers();
    process.kill(worker, 'SIGKILL');
    await lost;
    await until(() => nginx.workers().some((pid) => pid !== worker));
    await google.settings({ polls: 0 });

    const json = await until(async () => {
        const answer = await world.get('costs');
        return answer.json?.complete && answer.json;
    });
    deepEqual(sumsOf(json), sums);
    is(await paid(), 1);
});


test('BigQuery answers too early: it is asked less and less often', async () => {
    await fresh({ polls: 3 });
    is((await world.get('costs')).json.complete, true);

    const at = (await calls()).filter(({ dry }) => !dry).map((call) => call.at);
    const gaps = at.slice(1).map((time, i) => time - at[i]);

    is(gaps.length, 3);
    gaps.forEach((gap, i) => ok(gap >= 450 * 2 ** i, gaps.join(' ')));
});


test('a table that dashboards would not get is not registered', async () => {
    await google.reset();
    await google.settings({ partition_bytes: 100_000_000 });
    const verify = (limit_gib) => admin.post('service-accounts/verify',
        { provider: 'google_cloud', credentials: { ...credentials, limit_gib } });

    // two months would fit, a year does not
    const refused = await verify('20');
    is(refused.status, 422, refused.text);
    is(refused.body.reason.code, 'read_limit');
    like(refused.body.detail, /GiB/);
    is((await verify('40')).status, 200);
    is(await paid(), 0);
});
