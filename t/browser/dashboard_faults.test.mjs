// The dashboard when figures are missing, old or on their way: each state
// says so, and what can be done.

import { becomes, gone, seen, startWeb } from '../lib/browser.mjs';
import { startRedis } from '../lib/redis.mjs';
import { is, like, ok, until } from '../lib/tap.mjs';


// Figures are fresh for a second, so that they are soon old.
const web = await startWeb({
    location: 'billing_cache_valid current 1s; billing_cache_valid closed 1s;',
});
const { sandbox } = web;

const COSTS = '/v1/search/billing';

async function withFault(rule, fn) {
    const { id } = await sandbox.fault({ path: COSTS, ...rule });

    try {
        return await fn();
    } finally {
        await sandbox.control('DELETE', `faults?id=${id}`);
    }
}

// The provider may be left alone for what other tests, or those in the other
// language, have made it do.
const untilAsked = (visit, fits) => until(async () => {
    const { body } = await visit.api.get('dashboard');
    return body.accounts.every(fits);
}, 'the provider to be asked', 60_000);

const client = (account) => account.credentials.email;


web.scenario('one of two accounts cannot be read', async (visit) => {
    const { page, t } = visit;
    const project = await visit.project('Web');
    const good = await visit.account('Good', project);
    const bad = await visit.account('Bad', project);

    await withFault({ client: client(bad), status: 503 }, async () => {
        await visit.go();
        await seen(visit.part('this-month'));
        const coverage = visit.part('coverage');
        like(await coverage.textContent(), new RegExp(
            visit.plural('coverage.missing', 1, { total: 2 })));
        like(await visit.part('this-month').textContent(), new RegExp(
            t('figure.partial', { read: 1, total: 2 })));
        like(await visit.part('accounts').textContent(), new RegExp(
            visit.plural('figure.attention', 1)));

        await coverage.locator('summary').click();
        await seen(coverage.getByText(t('why.unreachable')));
        await seen(coverage.getByText(t('status.failed')));
        is(await coverage.getByRole('link', { name: 'Good' }).count(), 0);

        /* what could be read is there */
        const { body } = await visit.api.get(`costs?account=${good.id}`);
        await becomes(() => visit.part('this-month').locator('data').getAttribute('value'),
            `${body.currencies[0].costs.at(-1)} USD`);

        await coverage.getByRole('link', { name: 'Bad' }).click();
        await visit.at('Bad');
        like(await visit.part('coverage').textContent(), new RegExp(
            visit.plural('coverage.none', 1)));
    });

    await page.goBack();
    await visit.at(t('dash.title'));
    await untilAsked(visit, ({ state }) => state !== 'failed');
    await page.reload();
    await seen(visit.part('this-month'));
    await gone(visit.part('coverage'));
});


web.scenario('the provider has never answered', async (visit) => {
    const { t } = visit;
    const project = await visit.project('Web');
    const one = await visit.account('One', project);

    await withFault({ client: client(one), cut: 'before' }, async () => {
        await visit.go();
        await becomes(() => visit.part('no-data').locator('p').textContent(),
            t('nothing.unread'));
        like(await visit.part('coverage').textContent(), new RegExp(
            visit.plural('coverage.none', 1)));
        is(await visit.part('this-month').count(), 0, 'no silent zero');

        await visit.go(`projects/${project.id}`);
        await becomes(() => visit.part('no-data').locator('p').textContent(),
            t('nothing.unread'));
        await seen(visit.part('project-accounts').getByText(t('status.failed')));
    });
});


web.scenario('a key that the provider does not take any more', async (visit) => {
    const { t } = visit;
    const account = await visit.account('Alpha', await visit.project('Web'));
    await sandbox.setCredential({ client: client(account), secret: 'another' });
    await untilAsked(visit, ({ code }) => code === 'provider_rejected');

    await visit.go();
    await visit.part('coverage').locator('summary').click();
    await seen(visit.part('coverage').getByText(t('why.wrong_key')));
});


web.scenario('a provider that is switched off', async (visit) => {
    const { t } = visit;
    await visit.account('Alpha', await visit.project('Web'));
    is((await visit.api.put('providers/hyperbilling_aws', { enabled: false })).status, 200);

    await visit.go();
    await visit.part('coverage').locator('summary').click();
    await seen(visit.part('coverage').getByText(t('reason.disabled')));
    await seen(visit.part('coverage').getByText(t('status.disabled')));
    await visit.go('service-accounts');
    await visit.link('accounts.add').click();
    await becomes(() => visit.part('no-provider').textContent(),
        t('wizard.no_provider'));
});


web.scenario('older figures are marked as such', async (visit) => {
    const account = await visit.account('Alpha', await visit.project('Web'));
    const { body } = await visit.api.get('dashboard');

    await withFault({ client: client(account), status: 503 }, async () => {
        await until(async () => (await visit.api.get('dashboard'))
            .body.accounts[0].code !== null, 'old figures that cannot be renewed');
        await visit.go();
        await seen(visit.part('this-month'));
        await seen(visit.part('coverage'));
        like(await visit.part('coverage').textContent(), new RegExp(
            visit.plural('coverage.stale', 1)));
        await becomes(() => visit.part('this-month').locator('data').getAttribute('value'),
            `${body.currencies[0].this_month} USD`);
    });
});


web.scenario('while figures are on their way, the page says so', async (visit) => {
    const { page, t } = visit;
    const account = await visit.account('Alpha', await visit.project('Web'));

    await withFault({ client: client(account), delay_ms: 1500 }, async () => {
        await page.goto(web.root);
        await seen(page.getByRole('heading', { name: t('dash.title') }));
        /* in one look: a busy machine may be late for the second */
        await page.waitForFunction(() => {
            const has = (id) => document.querySelector(`[data-testid=${id}]`) !== null;
            return has('loading') && !has('this-month');
        });
        await seen(visit.part('this-month'));
        await gone(visit.part('loading'));
    });
});


web.scenario('the storage is down, and comes back', async (visit) => {
    const { page, t } = visit;
    const { redis } = web.billing;

    await visit.go('projects');
    await redis.kill();
    visit.allow('503 GET dashboard');
    await visit.link('nav.dashboard').click();
    await seen(visit.part('problem').getByText(t('problem.storage_unavailable')));
    is(await visit.part('first-steps').count(), 0, 'not taken for empty');
    await becomes(() => visit.part('problem').getAttribute('data-code'), 'storage_unavailable');

    web.billing.redis = await startRedis({ port: redis.port, dir: redis.dir });
    await until(async () => (await visit.api.get('health')).status === 200,
        'the storage');
    await visit.button('action.retry').click();
    await seen(page.getByRole('heading', { name: t('first.title') }));
    is(await visit.part('problem').count(), 0);
}, { alone: true });


web.scenario('the server cannot be reached', async (visit) => {
    const { t, context } = visit;

    await visit.go('service-accounts');
    const names = ['projects', 'project-groups', 'service-accounts', 'providers']
        .map((name) => visit.page.waitForResponse((answer) =>
            answer.url().includes(`/api/v1/${name}`)));
    await visit.link('nav.projects').click();
    await seen(visit.part('no-projects'));
    await Promise.all(names);
    await context.setOffline(true);
    visit.allow('lost GET service-accounts');
    await visit.link('nav.accounts').click();
    await seen(visit.part('problem').getByText(t('problem.network')));
    await context.setOffline(false);
    await visit.button('action.retry').click();
    await seen(visit.part('first-steps'));
});


web.scenario('signed out, and in again', async (visit) => {
    const { t } = visit;
    const account = await visit.account('Alpha', await visit.project('Web'));
    visit.allow(/^401 GET /);

    await visit.go();
    await seen(visit.part('this-month'));
    await visit.become({ user: '' });
    await visit.link('nav.projects').click();
    await becomes(() => visit.part('signed-out').textContent(),
        t('frame.signed_out'));
    await visit.become({});
    await visit.link('nav.accounts').click();
    await seen(visit.part('account-table').getByText(account.name));
    await gone(visit.part('signed-out'));
    ok(visit.watched.failed.length > 0);
});
