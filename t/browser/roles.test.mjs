// Who may do what: the page of the providers, members, sessions that end.

import { becomes, gone, seen, startWeb } from '../lib/browser.mjs';
import { deepEqual, is, like } from '../lib/tap.mjs';


const web = await startWeb();


web.scenario('a provider is switched off and on', async (visit) => {
    const { t } = visit;
    const toggle = visit.part('switch-hyperbilling_aws');
    const enabled = async () => (await visit.api.get('providers?all=true'))
        .body.providers[0].enabled;

    await visit.go('providers');
    await visit.at(t('providers.title'));
    like(await visit.page.getByRole('main').textContent(),
        /Hyper Billing.*MEGAZONE CLOUD \(Innoworks Team\).*hyperbilling_aws/);
    await becomes(() => toggle.getAttribute('aria-checked'), 'true');

    await toggle.click();
    await seen(visit.dialog.getByText(t('providers.disable_text')));
    await visit.button('action.cancel', {}, visit.dialog).click();
    await gone(visit.dialog);
    is(await enabled(), true);

    await toggle.click();
    await visit.button('providers.disable', {}, visit.dialog).click();
    await becomes(() => toggle.getAttribute('aria-checked'), 'false');
    await seen(visit.part('toasts').getByText(
        t('providers.disabled', { name: 'Hyper Billing' })));
    is(await enabled(), false);

    await toggle.click();
    await becomes(() => toggle.getAttribute('aria-checked'), 'true');
    is(await enabled(), true);
});


web.scenario('a member reads, and is offered nothing else', async (visit) => {
    const { page, t } = visit;
    const group = await visit.group('Group');
    const project = await visit.project('Shop', group);
    const account = await visit.account('Alpha', project);
    const none = async (...locators) => {
        for (const locator of locators) {
            is(await locator.count(), 0, String(locator));
        }
    };

    await visit.go();
    await seen(visit.part('this-month'));
    like(await visit.part('who').textContent(), new RegExp(t('role.member')));
    await none(visit.link('nav.providers'), visit.button('refresh.action'));

    await visit.go('projects');
    await seen(page.getByRole('link', { name: 'Shop' }));
    await none(visit.button('projects.new_group'), visit.button('projects.new_project'),
        visit.button('projects.actions', { name: 'Shop' }),
        visit.button('projects.actions', { name: 'Group' }));

    await visit.go(`projects/${project.id}`);
    await seen(visit.part('figure-now'));
    await none(visit.link('accounts.add'), visit.button('refresh.action'));

    await visit.go('service-accounts');
    await seen(page.getByRole('link', { name: 'Alpha' }));
    await none(visit.link('accounts.add'), page.getByRole('checkbox'),
        visit.button('accounts.delete', { name: 'Alpha' }));

    await visit.go(`service-accounts/${account.id}`);
    await visit.at('Alpha');
    await none(...['accounts.edit', 'accounts.change_project', 'accounts.replace',
        'action.delete'].map((key) => visit.button(key)));

    for (const path of ['providers', 'service-accounts/new']) {
        await visit.go(path);
        await seen(page.getByText(t('problem.forbidden')));
        await none(page.getByRole('switch'), page.getByRole('radio'));
    }
}, { role: 'member' });


web.scenario('a member sees the projects that are theirs', async (visit) => {
    const { page, t } = visit;
    const [mine, other] = [await visit.project('Mine'), await visit.project('Other')];
    await visit.account('My account', mine);
    await visit.account('Their account', other);
    visit.allow(`404 GET projects/${other.id}`, `404 GET projects/${other.id}/dashboard`);
    await visit.become({ role: 'member', projects: [mine.id] });

    await visit.go();
    await seen(visit.part('by-project').getByText('Mine'));
    const { body } = await visit.api.get(`costs?project=${mine.id}`);
    await becomes(() => visit.part('this-month').locator('data').getAttribute('value'),
        `${body.currencies[0].costs.at(-1)} USD`);
    await becomes(() => visit.part('accounts').locator('.figure-value').textContent(), '1');
    is(await page.getByText('Other', { exact: true }).count(), 0);

    await visit.go('service-accounts');
    deepEqual(await visit.part('account-table').locator('tbody th a')
        .allTextContents(), ['My account']);
    await visit.go(`projects/${other.id}`);
    await seen(visit.part('problem').getByText(t('problem.not_found')));
});


web.scenario('nobody is signed in', async (visit) => {
    const { t } = visit;
    visit.allow('401 GET session');
    await visit.become({ user: '' });

    await visit.page.goto(web.root);
    await seen(visit.part('problem').getByText(t('problem.unauthenticated')));

    await visit.become({});
    await visit.button('action.retry').click();
    await seen(visit.part('first-steps'));
});


web.scenario('a role that is not known', async (visit) => {
    const { t } = visit;
    visit.allow('403 GET session');

    await visit.page.goto(web.root);
    await seen(visit.part('problem').getByText(t('problem.forbidden')));
    is(await visit.part('first-steps').count(), 0);
}, { role: 'guest' });


web.scenario('signed out while editing: what was entered is kept', async (visit) => {
    const { t } = visit;
    const account = await visit.account('Alpha', await visit.project('Shop'));
    visit.allow(`401 PATCH service-accounts/${account.id}`);
    const name = visit.dialog.getByLabel(t('table.name'));

    await visit.go(`service-accounts/${account.id}`);
    await visit.button('accounts.edit').click();
    await name.fill('Beta');
    await visit.become({ user: '' });
    await visit.button('action.save', {}, visit.dialog).click();
    await seen(visit.dialog.getByText(t('problem.unauthenticated')));
    await becomes(() => name.inputValue(), 'Beta');

    await visit.become({});
    await visit.button('action.save', {}, visit.dialog).click();
    await visit.at('Beta');
});


web.scenario('the rights end while a form is open', async (visit) => {
    const { t } = visit;
    visit.allow('403 POST projects');

    await visit.go('projects');
    await visit.button('projects.new_project').click();
    await visit.dialog.getByLabel(t('table.name')).fill('Shop');
    await visit.become({ role: 'member' });
    await visit.button('action.create', {}, visit.dialog).click();
    await seen(visit.dialog.getByText(t('problem.forbidden')));
    is((await visit.api.get('projects')).body.total, 0);
});
