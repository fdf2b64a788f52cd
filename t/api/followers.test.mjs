// Of those who ask a worker for the same at once one adds it up, and the others
// get its answer: also where the one leaves, or they do, and never one from
// before a change that they may know of.

import { linkedAccount, startBilling } from '../lib/billing.mjs';
import { open } from '../faults/endpoints.mjs';
import { months } from '../lib/figures.mjs';
import { scaled } from '../lib/pace.mjs';
import { after, deepEqual, is, ok, test, until } from '../lib/tap.mjs';


const SEARCH = '/v1/search/billing';
const [month] = months(-2, -2); // one call is all that it takes
const billing = await startBilling({ zone: false });
const { sandbox, redis } = billing;
let count = 0;

after(() => billing.stop());

// Somebody with an account that nobody has asked for, whose provider is slow.
async function cold() {
    const who = billing.client({ domain: `d${++count}` });
    const project = await who.create('projects', { name: 'Project' });
    const credentials = await billing.credentials([linkedAccount()]);
    const { id } = await who.create('service-accounts', {
        name: 'Account', provider: 'hyperbilling_aws', project_id: project.id,
        credentials });

    await sandbox.fault({ client: credentials.email, path: SEARCH,
        delay_ms: scaled(1500, 8000) });
    return {
        who, project, id, path: `costs?start=${month}&end=${month}&group_by=service`,
        calls: async () => (await sandbox.calls(
            { client: credentials.email, path: SEARCH })).length,
    };
}

const asksRedis = async () => Number((await redis.cli('info', 'commandstats'))
    .match(/cmdstat_hget:calls=(\d+)/)[1]);

// One who leads, as the provider is being asked, and answers of those who follow.
async function crowd(one, followers) {
    const leader = open(billing.nginx.port,
        { method: 'GET', path: one.path, headers: one.who.headers });

    await until(async () => await one.calls() === 1, 'the call');
    const before = await asksRedis();
    const answers = Array.from({ length: followers },
        () => one.who.get(one.path));

    await health(one, followers);
    is(await asksRedis(), before, 'they wait for the one, not for Redis');
    return { leader, answers };
}

// The worker has read all that came before.
const health = async ({ who }, n) => {
    for (let i = 0; i <= n; i++) {
        is((await who.get('health')).status, 200);
    }
};


test('they get what the one has added up', async () => {
    const one = await cold();
    const { leader, answers } = await crowd(one, 8);
    const all = await Promise.all(answers);

    for (const { status, body, text } of all) {
        is(status, 200, text);
        is(body.complete, true);
        deepEqual(body.currencies, all[0].body.currencies);
    }
    ok(all[0].body.currencies.length > 0);
    is(await one.calls(), 1);
    leader.destroy();
});


test('the one leaves: they have it all the same', async () => {
    const one = await cold();
    const { leader, answers } = await crowd(one, 4);

    leader.resetAndDestroy();
    for (const { status, body } of await Promise.all(answers)) {
        is(`${status} ${body.complete}`, '200 true');
    }
    is(await one.calls(), 1);
});


test('those who follow leave: nothing is left, and the next is answered', async () => {
    const one = await cold();
    const { leader } = await crowd(one, 0);
    const others = Array.from({ length: 4 }, () => open(billing.nginx.port,
        { method: 'GET', path: one.path, headers: one.who.headers }));

    await health(one, 4);
    others.forEach((other) => other.resetAndDestroy());
    await health(one, 4);
    leader.resetAndDestroy();

    is((await one.who.get(one.path)).body.complete, true);
    is(await one.calls(), 1);
});


test('what was changed before somebody came is in his answer', async () => {
    const one = await cold();
    const { answers } = await crowd(one, 1);

    is((await one.who.delete(`service-accounts/${one.id}`, 1)).status, 204);
    const { status, body } = await one.who.get(one.path);

    is(status, 200);
    deepEqual(body.accounts, [], 'it is gone');
    is((await answers[0]).status, 200);
});
