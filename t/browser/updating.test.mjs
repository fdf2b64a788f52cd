// Old figures: shown at once, and replaced by new ones by themselves.

import { keysOf, redate } from '../lib/blocks.mjs';
import { becomes, seen, startWeb } from '../lib/browser.mjs';
import { deepEqual, is, ok, until } from '../lib/tap.mjs';


const web = await startWeb({ zone: false });
const { sandbox } = web;

const HOURS_5 = 5 * 3600;
const figure = (visit) => visit.part('this-month').locator('data')
    .getAttribute('value');

// As if everything had been read five hours before it was.
async function age(account) {
    for (const key of await keysOf(web.billing.redis, account)) {
        await redate(web.billing.redis, key, Date.now() / 1000 - HOURS_5);
    }
}


web.scenario('old figures are renewed while they are looked at', async (visit) => {
    const { page, t } = visit;
    const account = await visit.account('Alpha', await visit.project('Web'));
    const { body } = await visit.api.get('dashboard');
    const expected = `${body.currencies[0].this_month} USD`;
    const { id } = await sandbox.fault({
        client: account.credentials.email, path: '/v1/search/billing',
        delay_ms: 3000,
    });

    await age(account);
    await visit.go();
    await seen(visit.part('this-month'));
    is(await figure(visit), expected);
    await becomes(() => visit.part('updating').textContent(),
        ` · ${t('dash.updating')}`);
    is(await visit.part('coverage').count(), 0, 'no reason to worry');

    const place = await visit.part('this-month').boundingBox();
    const asked = page.waitForResponse(
        (response) => response.url().endsWith('/dashboard'));
    is((await asked).headers()['x-billing-cache'], 'UPDATING');
    await sandbox.control('DELETE', `faults?id=${id}`);
    const old = (await visit.api.get('dashboard')).body.as_of;

    await becomes(() => visit.part('updating').textContent(), '');
    is(await figure(visit), expected);
    deepEqual(await visit.part('this-month').boundingBox(), place, 'nothing jumps');
    ok((await visit.api.get('dashboard')).body.as_of >= old);
});


web.scenario('a page that nobody looks at does not ask', async (visit) => {
    const { page } = visit;
    const account = await visit.account('Alpha', await visit.project('Web'));
    await visit.api.get('dashboard');
    await age(account);
    await page.addInitScript(() => {
        window.seen = false;
        Object.defineProperty(document, 'hidden', { get: () => !window.seen });
    });
    let asked = 0;
    page.on('request', (request) => {
        asked += new URL(request.url()).pathname.endsWith('/dashboard') ? 1 : 0;
    });

    await visit.go();
    await seen(visit.part('this-month'));
    await page.waitForTimeout(1500);
    is(asked, 1);

    await page.evaluate(() => {
        window.seen = true;
        document.dispatchEvent(new Event('visibilitychange'));
    });
    await until(() => asked > 1, 'the page to ask again');
});
