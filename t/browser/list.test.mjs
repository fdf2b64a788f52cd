// The list of accounts: what each costs, its number, in which order, and why
// its status is what it is; and what projects cost.

import { linkedAccount } from '../lib/billing.mjs';
import { becomes, seen, startWeb } from '../lib/browser.mjs';
import { deepEqual, is, like, ok } from '../lib/tap.mjs';


const web = await startWeb();

const rows = (visit) => visit.part('account-table').locator('tbody tr');
const names = (visit) => visit.part('account-table').locator('tbody th a')
    .allTextContents();
const amounts = (scope) => scope.locator('data').evaluateAll(
    (all) => all.map((one) => one.value));
const sorter = (visit, key) => visit.part('account-table')
    .getByRole('columnheader').getByRole('button', { name: visit.t(key) });

async function month(visit, dimension) {
    const now = new Date().toISOString().slice(0, 7);
    const { body } = await visit.api.get(
        `costs?granularity=MONTHLY&start=${now}&end=${now}&group_by=${dimension}&limit=1000`);

    return new Map(body.currencies.flatMap(({ currency, groups }) => groups.map(
        ({ key, sum }) => [key[dimension], `${sum} ${currency}`])));
}


web.scenario('each account shows its cost and number, and is found by them',
    async (visit) => {
        const project = await visit.project('Web');
        const one = linkedAccount();
        const alpha = await visit.account('Alpha', project, 2, { tags: { team: 'shop' } });
        const own = await web.credentials([one], one);
        const beta = await visit.account('Beta', project, 1, { credentials: own });

        await visit.go('service-accounts');
        await becomes(() => amounts(rows(visit)).then((all) => all.length), 2);
        const costs = await month(visit, 'account');
        const row = (name) => rows(visit).filter({ hasText: name });
        deepEqual(await amounts(row('Alpha')), [costs.get(alpha.id)]);
        deepEqual(await amounts(row('Beta')), [costs.get(beta.id)]);
        like(await row('Beta').textContent(), new RegExp(one));
        like(await row('Alpha').textContent(), new RegExp(visit.t('accounts.all_linked')));

        for (const [q, name] of [[one, 'Beta'], [alpha.ids[1], 'Alpha'],
            ['shop', 'Alpha'], [own.email, 'Beta']]) {
            await visit.field('accounts.search').fill(q);
            await becomes(() => names(visit), [name], q);
        }
    });


web.scenario('the list is sorted, which the address tells', async (visit) => {
    const [shop, data] = [await visit.project('Shop'), await visit.project('Data')];
    for (const [name, project, linked] of [['Beta', shop, 1], ['alpha', data, 3],
        ['Gamma 10', shop, 2], ['Gamma 9', data, 1]]) {
        await visit.account(name, project, linked);
    }
    const newest = ['Gamma 9', 'Gamma 10', 'alpha', 'Beta'];
    const costs = await month(visit, 'account');
    const { body } = await visit.api.get('service-accounts');
    const by = (all) => all.map(({ name }) => name);
    const dear = by([...body.service_accounts].sort((x, y) =>
        parseFloat(costs.get(y.id)) - parseFloat(costs.get(x.id))));

    await visit.go('service-accounts');
    await becomes(() => names(visit), newest);
    await sorter(visit, 'accounts.cost').click();
    await becomes(() => names(visit), dear);
    is(visit.address, 'service-accounts?sort=-cost');
    is(await visit.part('account-table').locator('[aria-sort=descending]').count(), 1);
    await sorter(visit, 'accounts.cost').click();
    await becomes(() => names(visit), [...dear].reverse());
    await sorter(visit, 'table.name').click();
    await becomes(() => names(visit), ['alpha', 'Beta', 'Gamma 9', 'Gamma 10']);
    await visit.page.reload();
    await becomes(() => names(visit), ['alpha', 'Beta', 'Gamma 9', 'Gamma 10']);
    await visit.choice('accounts.project').selectOption('Shop');
    await becomes(() => names(visit), ['Beta', 'Gamma 10']);
    deepEqual(await visit.violations(), []);
});


web.scenario('a status has its reason', async (visit) => {
    const { t } = visit;
    const project = await visit.project('Web');
    const credentials = await web.credentials([linkedAccount()]);
    await visit.account('Alpha', project, 0, { credentials });
    await web.sandbox.setCredential({ client: credentials.email, secret: 'rotated' });

    await visit.go('service-accounts');
    await becomes(() => rows(visit).locator('[data-state]').getAttribute('data-state')
        .then((state) => ['ok', 'rejected'].includes(state)), true);
    await visit.page.reload();
    await becomes(async () => {
        await visit.page.reload();
        await visit.settled();
        return rows(visit).locator('[data-state]').getAttribute('data-state');
    }, 'rejected');
    like(await rows(visit).textContent(), new RegExp(t('why.wrong_key').slice(0, 20)));
    /* what could not be read is no zero */
    await seen(rows(visit).getByText(t('accounts.cost_unknown')));
});


web.scenario('projects and groups show their cost', async (visit) => {
    const group = await visit.group('Shops');
    const [web_, shop] = [await visit.project('Web', group), await visit.project('Shop')];
    const empty = await visit.project('Empty');
    await visit.account('Alpha', web_, 2);
    await visit.account('Beta', shop);

    await visit.go('projects');
    const cost = (id) => amounts(visit.part(`cost-${id}`));
    await becomes(() => cost(shop.id).then((all) => all.length), 1);
    const costs = await month(visit, 'project');
    deepEqual(await cost(shop.id), [costs.get(shop.id)]);
    deepEqual(await cost(web_.id), [costs.get(web_.id)]);
    deepEqual(await cost(group.id), [costs.get(web_.id)]);
    like(await visit.part(`cost-${empty.id}`).textContent(),
        new RegExp(visit.t('linked.no_cost')));
    ok((await visit.violations()).length === 0);
});
