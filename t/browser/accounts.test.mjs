// Service accounts: the list, one of them, and changes to it.

import { linkedAccount } from '../lib/billing.mjs';
import { becomes, focused, gone, seen, startWeb } from '../lib/browser.mjs';
import { deepEqual, is, like, ok } from '../lib/tap.mjs';


const web = await startWeb();

const PAGE = 25;

const names = (visit) => visit.part('account-table').locator('tbody th a')
    .allTextContents();

// The body of an account as it is stored now.
const stored = async (visit, { id }) =>
    (await visit.api.get(`service-accounts/${id}`)).body;


web.scenario('the list is searched and filtered, which the address tells',
    async (visit) => {
        const { page, t } = visit;
        const [shop, data] = [await visit.project('Shop'), await visit.project('Data')];
        await visit.account('운영 서울', shop);
        await visit.account('운영 도쿄', data);
        await visit.account('Staging', shop);

        await visit.go('service-accounts');
        await seen(visit.page.getByText(visit.plural('accounts.count', 3)));
        await visit.field('accounts.search').fill('운영');
        await becomes(async () => (await names(visit)).sort(), ['운영 도쿄', '운영 서울']);
        is(visit.address, `service-accounts?q=${encodeURIComponent('운영')}`);

        await visit.choice('accounts.project').selectOption('Shop');
        await becomes(() => names(visit), ['운영 서울']);
        await page.reload();
        await becomes(() => names(visit), ['운영 서울']);
        await becomes(() => visit.field('accounts.search').inputValue(), '운영');

        await page.goBack();
        await becomes(async () => (await names(visit)).length, 2);
        await visit.field('accounts.search').fill('없는 이름');
        await becomes(() => visit.part('no-match').textContent(),
            t('accounts.no_match'));
        await visit.field('accounts.search').fill('');
        await becomes(async () => (await names(visit)).length, 3);
        is(visit.address, 'service-accounts');
    });


web.scenario('page by page', async (visit) => {
    const { page } = visit;
    const project = await visit.project('Web');
    const credentials = await web.credentials();
    const all = Array.from({ length: PAGE + 3 },
        (_, at) => `Account ${String(at + 1).padStart(2, '0')}`);
    await web.sandbox.setCredential({ client: credentials.email,
        linked: all.map((_, at) => String(500000000000 + at)) });
    for (const [at, name] of all.entries()) {
        await visit.api.create('service-accounts', {
            name, project_id: project.id, provider: 'hyperbilling_aws',
            credentials: { ...credentials, account: String(500000000000 + at) },
        });
    }
    const { body } = await visit.api.get(`service-accounts?limit=${PAGE}`);
    const first = body.service_accounts.map(({ name }) => name);
    const rest = all.filter((name) => !first.includes(name)).sort();

    await visit.go('service-accounts');
    await becomes(() => names(visit), first);
    await becomes(() => visit.button('paging.previous').isDisabled(), true);
    await visit.button('paging.next').click();
    await becomes(async () => (await names(visit)).sort(), rest);
    await becomes(() => visit.button('paging.next').isDisabled(), true);

    await page.reload();
    await becomes(async () => (await names(visit)).sort(), rest);
    await visit.button('paging.first').click();
    await becomes(() => names(visit), first);
    await page.goBack();
    await becomes(async () => (await names(visit)).sort(), rest);
});


web.scenario('an account in detail', async (visit) => {
    const { page, t } = visit;
    const project = await visit.project('쇼핑몰');
    const account = await visit.account('Alpha', project, 2,
        { tags: { team: 'web', 부서: '개발' } });

    await visit.go('service-accounts');
    await page.getByRole('link', { name: 'Alpha' }).click();
    await visit.at('Alpha');
    is(visit.address, `service-accounts/${account.id}`);
    const facts = await page.locator('dl.facts').allTextContents();
    for (const text of [account.id, t('status.ok'), 'team', 'web', '부서', '개발',
        account.credentials.email, account.credentials.account,
        'Hyper Billing', t('credentials.kept')]) {
        ok(facts.join(' ').includes(text), `${text} in ${facts}`);
    }
    ok(!facts.join(' ').includes(account.credentials.key));

    const { body } = await visit.api.get(`costs?account=${account.id}`);
    deepEqual(await visit.part('trend').locator('table data').evaluateAll(
        (all) => all.map((one) => one.value)),
    body.currencies[0].costs.map((cost) => `${cost} USD`));

    await page.getByRole('link', { name: '쇼핑몰' }).first().click();
    await visit.at('쇼핑몰');
});


web.scenario('name and tags are changed', async (visit) => {
    const { page, t } = visit;
    const account = await visit.account('Alpha', await visit.project('Web'), 1,
        { tags: { old: '1', keep: '2' } });
    await visit.account('Beta', await visit.project('Data'));
    visit.allow(`409 PATCH service-accounts/${account.id}`);

    await visit.go(`service-accounts/${account.id}`);
    await visit.button('accounts.edit').click();
    const name = visit.dialog.getByLabel(t('table.name'));
    await becomes(() => name.inputValue(), 'Alpha');
    await name.fill('A');
    await visit.button('action.save', {}, visit.dialog).click();
    await seen(visit.dialog.getByText(t('fault.length')));
    await focused(name);

    await name.fill('Beta');
    await visit.button('action.save', {}, visit.dialog).click();
    await seen(visit.dialog.getByText(t('fault.duplicate')));
    await focused(name);
    is((await stored(visit, account)).name, 'Alpha');

    await name.fill('Alpha 2');
    await visit.field('tags.value', { n: 1 }).fill('9');
    const gone1 = await visit.field('tags.key', { n: 1 }).inputValue();
    await visit.button('tags.remove', { n: 2 }).click();
    await visit.button('tags.add').click();
    await visit.field('tags.key', { n: 2 }).fill('new');
    await visit.field('tags.value', { n: 2 }).fill('3');
    await visit.button('action.save', {}, visit.dialog).click();
    await gone(visit.dialog);
    await visit.at('Alpha 2');
    await seen(visit.part('toasts').getByText(t('accounts.saved')));

    const now = await stored(visit, account);
    is(now.name, 'Alpha 2');
    deepEqual(now.tags, { [gone1]: '9', new: '3' });
    like(await page.title(), /^Alpha 2/);
});


web.scenario('a change by somebody else is not overwritten', async (visit) => {
    const { t } = visit;
    const account = await visit.account('Alpha', await visit.project('Web'));
    visit.allow(`412 PATCH service-accounts/${account.id}`);

    await visit.go(`service-accounts/${account.id}`);
    await visit.button('accounts.edit').click();
    await visit.dialog.getByLabel(t('table.name')).fill('Mine');
    is((await visit.api.patch(`service-accounts/${account.id}`,
        { name: 'Theirs' }, account.version)).status, 200);
    await visit.button('action.save', {}, visit.dialog).click();
    await seen(visit.dialog.getByText(t('problem.precondition_failed')));
    is((await stored(visit, account)).name, 'Theirs');

    await visit.button('action.cancel', {}, visit.dialog).click();
    await visit.button('leave.submit', {}, visit.dialog).click();
    await visit.at('Theirs');
    await visit.button('accounts.edit').click();
    await becomes(() => visit.dialog.getByLabel(t('table.name')).inputValue(), 'Theirs');
    await visit.dialog.getByLabel(t('table.name')).fill('Mine');
    await visit.button('action.save', {}, visit.dialog).click();
    await visit.at('Mine');
});


web.scenario('the key is replaced', async (visit) => {
    const { t } = visit;
    const account = await visit.account('Alpha', await visit.project('Web'));
    const { email, key } = account.credentials;
    visit.allow('422 POST service-accounts/verify');
    const input = (name) => visit.dialog.getByLabel(t(`credential.${name}`), { exact: true });

    await web.sandbox.setCredential({ client: email, secret: 'rotated' });
    await visit.go(`service-accounts/${account.id}`);
    await visit.button('accounts.replace').click();
    await becomes(() => input('email').inputValue(), email);
    is(await input('key').inputValue(), '', 'secrets do not come back');
    await visit.button('action.save', {}, visit.dialog).click();
    await seen(visit.dialog.getByText(t('fault.required')));
    await focused(input('key'));

    await input('key').fill(key);
    await visit.button('verify.action').click();
    await seen(visit.dialog.getByText(t('problem.provider_rejected')));
    await input('key').fill('rotated');
    await visit.button('verify.action').click();
    await seen(visit.part('verified'));
    await visit.button('action.save', {}, visit.dialog).click();
    await gone(visit.dialog);
    await seen(visit.part('toasts').getByText(t('accounts.saved')));

    const now = await stored(visit, account);
    is(now.state, 'ok');
    is(now.version, account.version + 1);
});


web.scenario('an account is deleted only once its name is typed', async (visit) => {
    const { t } = visit;
    const account = await visit.account('운영 계정', await visit.project('Web'));
    const sure = visit.button('action.delete', {}, visit.dialog);

    await visit.go(`service-accounts/${account.id}`);
    await visit.button('action.delete').click();
    const field = visit.dialog.getByRole('textbox');
    await becomes(() => sure.isDisabled(), true);
    await field.fill('운영');
    await becomes(() => sure.isDisabled(), true);
    await field.fill('Production');
    await seen(visit.dialog.getByText(t('accounts.not_name', { name: '운영 계정' })));
    await becomes(() => sure.isDisabled(), true);
    await field.press('Enter');
    is((await visit.api.get('service-accounts')).body.total, 1);

    await field.fill('운영 계정');
    await becomes(() => sure.isDisabled(), false);
    await sure.click();
    await visit.at(t('accounts.title'));
    is(visit.address, 'service-accounts');
    await seen(visit.part('toasts').getByText(
        t('accounts.deleted', { name: '운영 계정' })));
    await seen(visit.part('first-steps'));
    is((await visit.api.get('service-accounts')).body.total, 0);
});


web.scenario('one of the list is deleted, others stay', async (visit) => {
    const project = await visit.project('Web');
    await visit.account('Alpha', project);
    await visit.account('Beta', project);

    await visit.go('service-accounts');
    await visit.button('accounts.delete', { name: 'Alpha' }).click();
    await visit.dialog.getByRole('textbox').fill('Alpha');
    await visit.button('action.delete', {}, visit.dialog).click();
    await becomes(() => names(visit), ['Beta']);
});


web.scenario('several get another project', async (visit) => {
    const { page, t } = visit;
    const [shop, data] = [await visit.project('Shop'), await visit.project('Data')];
    const accounts = [await visit.account('Alpha', shop),
        await visit.account('Beta', shop), await visit.account('Gamma', shop)];
    const projects = async () => (await visit.api.get('service-accounts')).body
        .service_accounts.map(({ name, project_id: id }) =>
            `${name} ${id === data.id ? 'Data' : 'Shop'}`).sort();

    await visit.go('service-accounts');
    await page.getByLabel(t('accounts.select', { name: 'Alpha' })).check();
    await page.getByLabel(t('accounts.select', { name: 'Gamma' })).check();
    await visit.button('accounts.change_project').click();
    await seen(visit.dialog.getByText(visit.plural('accounts.selected', 2)));
    await visit.button('accounts.change_project', {}, visit.dialog).click();
    await seen(visit.dialog.getByText(t('fault.required')));

    await visit.part('project-tree').getByRole('treeitem', { name: 'Data' }).click();
    await visit.button('accounts.change_project', {}, visit.dialog).click();
    await gone(visit.dialog);
    await seen(visit.part('toasts').getByText(visit.plural('accounts.moved', 2)));
    deepEqual(await projects(), ['Alpha Data', 'Beta Shop', 'Gamma Data']);
    await becomes(async () => (await visit.part('account-table')
        .getByRole('link', { name: 'Data' }).count()), 2);

    /* one of its own page, with the present project chosen */
    await visit.go(`service-accounts/${accounts[1].id}`);
    await visit.button('accounts.change_project').click();
    is(await visit.part('project-tree').getByRole('treeitem', { name: 'Shop' })
        .getAttribute('aria-selected'), 'true');
    await visit.part('project-tree').getByRole('treeitem', { name: 'Data' }).click();
    await visit.button('accounts.change_project', {}, visit.dialog).click();
    await gone(visit.dialog);
    deepEqual(await projects(), ['Alpha Data', 'Beta Data', 'Gamma Data']);
});


web.scenario('credentials that overlap those of another account', async (visit) => {
    const { t } = visit;
    const project = await visit.project('Web');
    const { ids } = await visit.account('First', project, 1);
    const second = await visit.account('Second', project, 1);
    const both = await web.credentials([...second.ids, ...ids, linkedAccount()]);
    visit.allow(`409 PATCH service-accounts/${second.id}`);

    await visit.go(`service-accounts/${second.id}`);
    await visit.button('accounts.replace').click();
    for (const name of ['email', 'key']) {
        await visit.dialog.getByLabel(t(`credential.${name}`), { exact: true })
            .fill(both[name]);
    }
    /* told by the test, but not of what is its own */
    await visit.button('verify.action').click();
    await seen(visit.part('overlap').getByRole('link', { name: 'First' }));
    is(await visit.part('overlap').getByRole('link').count(), 1);
    await visit.button('action.save', {}, visit.dialog).click();
    await seen(visit.dialog.getByText(t('problem.overlap')));
    is((await stored(visit, second)).version, second.version);
});


web.scenario('an account that is not there', async (visit) => {
    const { t } = visit;
    visit.allow('404 GET service-accounts/sa-000000000000');

    await visit.go('service-accounts/sa-000000000000');
    await seen(visit.part('problem').getByText(t('problem.not_found')));
});


// The tests' reader is nine hours ahead.
web.scenario('a time is UTC\'s and the reader\'s', async (visit) => {
    const { page } = visit;
    const project = await visit.project('Web');
    const account = await visit.account('Alpha', project);

    for (const path of ['', 'service-accounts', `service-accounts/${account.id}`,
        `projects/${project.id}`, 'costs']) {
        await visit.go(path);
        const times = page.locator('main time');

        await seen(times.first());
        for (const text of await times.allTextContents()) {
            ok(/\d\d:\d\d.* UTC.*\(.*\d\d:\d\d.*(GMT\+9|KST)\)/.test(text),
                `${path}: ${text}`);
        }
    }
});
