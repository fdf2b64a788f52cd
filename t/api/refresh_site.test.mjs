// Reading figures again costs calls, and any page can have a browser send a
// GET: it is obeyed only for our own pages, and for programs that say so.

import { linkedAccount, isProblem, startBilling } from '../lib/billing.mjs';
import { formatMonth, monthOf, today } from '../sandbox/calendar.mjs';
import { after, deepEqual, is, ok, test } from '../lib/tap.mjs';


const billing = await startBilling({});
after(() => billing.stop());

const admin = billing.client();
const project = await admin.create('projects', { name: 'Project' });
await admin.create('service-accounts', { name: 'Account', project_id: project.id,
    provider: 'hyperbilling_aws',
    credentials: await billing.credentials([linkedAccount()]) });

const calls = async () =>
    (await billing.sandbox.counters()).by_path['/v1/search/billing'] ?? 0;
const from = (site, more) => ({ 'X-Billing-Refresh': undefined,
    ...(site && { 'Sec-Fetch-Site': site }), ...more });
const OWN = { 'X-Billing-Refresh': '1' };
const PATHS = ['costs?refresh=true', 'costs?refresh=true&format=csv',
    'dashboard?refresh=true', `projects/${project.id}/dashboard?refresh=true`];

await admin.get('costs');


for (const [what, headers, obeyed] of [
    ['our own page', from('same-origin'), true],
    ['an address that somebody has typed', from('none'), true],
    ['a program that says so', from(undefined, OWN), true],
    ['our own page over plain http', from(undefined, OWN), true],
    ['a program that does not', from(), false],
    ['an image on another page over plain http', from(), false],
    ['a page of another site', from('cross-site'), false],
    ['a page of the same site', from('same-site'), false],
    ['a link of another site', from('cross-site', { 'Sec-Fetch-Mode': 'navigate' }), false],
    ['a frame on another page', from('cross-site',
        { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' }), false],
    ['something else', from(undefined, { 'X-Billing-Refresh': '2' }), false],
]) {
    test(`a refresh for ${what}`, async () => {
        for (const path of PATHS) {
            const before = await calls();
            const answer = await admin.get(path, headers);

            is(answer.status, 200, path);
            is(answer.headers['x-billing-refresh'], obeyed ? undefined : 'ignored');
            is(await calls() > before, obeyed, path);
            is(answer.headers['x-billing-cache'] === 'BYPASS', obeyed, path);
        }
    });
}


test('a page of another site has nothing looked up at all', async () => {
    const month = formatMonth(monthOf(today()) - 17); // nothing is kept of it
    const earlier = formatMonth(monthOf(today()) - 18);
    const path = `costs?start=${month}&end=${month}`;
    const before = await calls();

    const { body } = await admin.get(path, from('cross-site'));
    is(body.complete, false);
    deepEqual(body.accounts.map(({ state, code }) => [state, code]),
        [['failed', 'cross_site']]);
    is(await calls(), before);

    // nor has a frame in it, which navigates as a link does
    for (const dest of ['iframe', 'frame', 'embed', 'object']) {
        const { body } = await admin.get(path, from('cross-site',
            { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': dest }));
        is(body.complete, false, dest);
    }

    is(await calls(), before);

    // nobody else gets that answer, and a link that is followed is a request
    const own = await admin.get(path, from('cross-site', { 'Sec-Fetch-Mode': 'navigate' }));
    is(own.body.complete, true);
    ok(await calls() > before);

    // as browsers say it today
    const document = await admin.get(`costs?start=${earlier}&end=${earlier}`, from('cross-site',
        { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }));
    is(document.body.complete, true);

    // what is kept is for all
    const kept = await admin.get(path, from('cross-site'));
    deepEqual(kept.body.currencies, own.body.currencies);
    is(kept.body.complete, true);
});


test('a member has no refresh at all', async () => {
    const member = billing.client({ user: 'lee', role: 'member' });

    for (const path of PATHS) {
        isProblem(await member.get(path), 403, 'forbidden');
    }
});
