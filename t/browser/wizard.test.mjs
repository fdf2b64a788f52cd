// The wizard from the first step to the first figures.

import { linkedAccount } from '../lib/billing.mjs';
import { becomes, focused, gone, seen, startWeb } from '../lib/browser.mjs';
import { deepEqual, is, like } from '../lib/tap.mjs';
import { Wizard } from '../lib/wizard.mjs';


const web = await startWeb();


web.scenario('an account is registered, step by step', async (visit) => {
    const { page, t } = visit;
    const wizard = new Wizard(visit);
    const ids = [linkedAccount(), linkedAccount()].sort();
    const credentials = await web.credentials(ids);

    await wizard.start();
    await wizard.step('provider');
    like(await visit.part('step-provider').textContent(),
        /MEGAZONE CLOUD \(Innoworks Team\)/);
    await wizard.provider();

    await wizard.step('base');
    await wizard.name.fill('  운영 계정 ');
    await visit.button('tags.add').click();
    await wizard.tag('key', 1).fill('부서');
    await wizard.tag('value', 1).fill('플랫폼 1팀');
    await wizard.next();

    await wizard.step('credentials');
    await becomes(() => wizard.credential('key').getAttribute('type'), 'password');
    await becomes(() => wizard.credential('key').getAttribute('autocomplete'), 'new-password');
    await wizard.fill(credentials);
    await visit.button('verify.action').click();
    await seen(visit.part('verified'));
    like(await visit.part('verified').textContent(),
        new RegExp(visit.plural('verify.good', 2)));
    deepEqual((await visit.part('verified').getByRole('listitem')
        .allTextContents()).sort(), ids);
    await wizard.next();

    await wizard.step('project');
    await visit.button('projects.new_project').click();
    await visit.dialog.getByLabel(t('table.name')).fill('쇼핑몰');
    await visit.button('action.create', {}, visit.dialog).click();
    await seen(visit.text('picker.chosen', { name: '쇼핑몰' }));
    await wizard.save();

    await visit.at(t('success.title'));
    const { body } = await visit.api.get('service-accounts');
    is(body.total, 1);
    const [account] = body.service_accounts;
    is(account.name, '운영 계정');
    deepEqual(account.tags, { 부서: '플랫폼 1팀' });
    deepEqual(account.credentials, { ...credentials, key: null });
    is(account.state, 'ok');
    is(visit.address, `service-accounts/new?done=${account.id}`);

    await visit.link('success.project').click();
    await visit.at('쇼핑몰');
    is(visit.address, `projects/${account.project_id}`);
    await seen(visit.part('figure-now'));

    await page.goBack();
    await visit.at(t('success.title'));
    await visit.link('action.main_dashboard').click();
    await visit.at(t('dash.title'));
    await seen(visit.part('this-month'));
});


web.scenario('one more account starts with an empty form', async (visit) => {
    const { t } = visit;
    const wizard = new Wizard(visit);
    await visit.project('Web');

    await wizard.upToProject('First', await web.credentials([linkedAccount()]));
    await wizard.project('Web');
    await wizard.save();
    await visit.at(t('success.title'));

    await visit.link('success.another').click();
    await visit.at(t('wizard.title'));
    await wizard.provider();
    await wizard.step('base');
    is(await wizard.name.inputValue(), '');
    await wizard.name.fill('Second');
    await wizard.next();
    await wizard.step('credentials');
    for (const name of ['account', 'email', 'key']) {
        is(await wizard.credential(name).inputValue(), '', name);
    }
});


web.scenario('a name that is taken is found while typing', async (visit) => {
    const wizard = new Wizard(visit);
    const project = await visit.project('Web');
    await visit.account('Production', project);

    await wizard.start();
    await wizard.provider();
    await wizard.step('base');

    await wizard.name.pressSequentially('P');
    await seen(visit.text('fault.length'));
    await becomes(() => wizard.name.getAttribute('aria-invalid'), 'true');

    await wizard.name.fill('pRODUCTION ');
    await seen(visit.text('fault.duplicate'));
    await wizard.name.fill('Production 2');
    await becomes(() => wizard.name.getAttribute('aria-invalid'), 'false');
});


web.scenario('each bad tag says what is wrong with it', async (visit) => {
    const { t } = visit;
    const wizard = new Wizard(visit);
    const rows = visit.page.getByRole('group', { name: t('tags.title') })
        .getByRole('listitem');

    await wizard.start();
    await wizard.provider();
    await wizard.name.fill('Alpha');

    for (const [at, key] of ['team', 'team', 'a-b', ''].entries()) {
        await visit.button('tags.add').click();
        await becomes(() => wizard.tag('key', at + 1).evaluate(
            (element) => element === document.activeElement), true);
        await wizard.tag('key', at + 1).fill(key);
        await wizard.tag('value', at + 1).fill('x');
    }
    await wizard.next();

    await seen(rows.nth(3).getByText(t('fault.tag_key')));
    await seen(rows.nth(1).getByText(t('fault.tag_twice')));
    await seen(rows.nth(2).getByText(t('fault.tag_format')));
    is(await rows.nth(0).locator('.field-error').count(), 0);
    await wizard.step('base');
    await becomes(() => wizard.tag('key', 2).evaluate(
        (element) => element === document.activeElement), true);

    /* the later rows move up */
    for (let count = 4; count > 1; count--) {
        await visit.button('tags.remove', { n: 2 }).click();
        await becomes(() => rows.count(), count - 1);
    }
    await wizard.next();
    await wizard.step('credentials');
});


web.scenario('form and JSON follow each other', async (visit) => {
    const { t } = visit;
    const wizard = new Wizard(visit);

    await wizard.start();
    await wizard.provider();
    await wizard.base('Alpha');
    await wizard.step('credentials');

    await wizard.credential('account').fill('012345678901');
    await wizard.credential('email').fill('ops@example.com');
    await wizard.tab('json').click();
    deepEqual(JSON.parse(await wizard.json.inputValue()),
        { account: '012345678901', email: 'ops@example.com', key: '' });

    await wizard.json.fill('{"account": "all", "email": "dev@example.com", "key": "k-1"}');
    await wizard.tab('form').click();
    await becomes(() => wizard.credential('account').inputValue(), 'all');
    await becomes(() => wizard.credential('email').inputValue(), 'dev@example.com');
    await becomes(() => wizard.credential('key').inputValue(), 'k-1');

    await visit.button('credentials.reveal',
        { name: t('credential.key') }).click();
    await becomes(() => wizard.credential('key').getAttribute('type'), 'text');

    await wizard.tab('json').click();
    for (const text of ['{', '[]', '{"account": 1}', '{"user": "x"}']) {
        await wizard.json.fill(text);
        await seen(visit.text('credentials.json_broken'));
        await becomes(() => wizard.json.getAttribute('aria-invalid'), 'true');
    }

    /* what is missing is said in this form, too */
    await wizard.json.fill('{"account": "all"}');
    await wizard.next();
    await wizard.step('credentials');
    const messages = await visit.part('step-credentials').locator('.field-error')
        .allTextContents();
    deepEqual(messages.sort(), ['email', 'key'].map((name) =>
        `${name}: ${t('fault.required')}`));
});


web.scenario('a project is found, and one made in its group', async (visit) => {
    const { t } = visit;
    const wizard = new Wizard(visit);
    const shop = await visit.group('Shop');
    const inner = await visit.group('Checkout', shop);
    await visit.project('Payment', inner);
    await visit.project('Basket', shop);
    await visit.project('Alone');

    await wizard.upToProject('Alpha', await web.credentials([linkedAccount()]));
    await seen(visit.text('picker.nothing'));
    await wizard.save();
    await seen(visit.text('fault.required'));

    await visit.field('picker.search').fill('pay');
    await becomes(() => visit.part('project-tree').getByRole('treeitem')
        .locator('.tree-name').allTextContents(), ['Shop', 'Checkout', 'Payment']);
    await visit.field('picker.search').fill('nothing like it');
    await seen(visit.text('picker.no_match'));
    await visit.field('picker.search').fill('');

    /* a group that has been gone to is where a new project stands */
    await wizard.row('Checkout').click();
    await visit.button('projects.new_project').click();
    await seen(visit.dialog.getByText(
        t('projects.inside', { path: 'Shop / Checkout' })));
    await visit.dialog.getByLabel(t('table.name')).fill('Refunds');
    await visit.button('action.create', {}, visit.dialog).click();
    await seen(visit.text('picker.chosen', { name: 'Refunds' }));
    await wizard.save();
    await visit.at(t('success.title'));

    const { body } = await visit.api.get('projects?q=Refunds');
    is(body.projects[0].group_id, inner.id);
    is(body.projects[0].accounts, 1);
});


web.scenario('groups and a project are made in the picker', async (visit) => {
    const { t } = visit;
    const wizard = new Wizard(visit);
    const name = visit.dialog.getByLabel(t('table.name'));
    const create = visit.button('action.create', {}, visit.dialog);
    const place = (...path) => seen(visit.dialog.getByText(path.length === 0
        ? t('projects.on_top') : t('projects.inside', { path: path.join(' / ') })));
    const refused = async (text) => {
        await name.fill(text);
        await create.click();
        await seen(visit.dialog.getByText(t('fault.duplicate')));
        await focused(name);
        await becomes(() => name.getAttribute('aria-invalid'), 'true');
    };
    visit.allow('409 POST projects', '409 POST project-groups');

    await wizard.upToProject('Alpha', await web.credentials([linkedAccount()]));
    await seen(visit.text('picker.none'));
    await visit.button('projects.new_group').click();
    await place();
    await create.click();
    await seen(visit.dialog.getByText(t('fault.required')));
    await name.fill('쇼핑');
    await create.click();
    await gone(visit.dialog);
    await seen(wizard.row('쇼핑'));

    /* a new group is where the next thing is made */
    await visit.button('projects.new_group').click();
    await place('쇼핑');
    await name.fill('Checkout');
    await create.click();
    await gone(visit.dialog);
    await becomes(() => wizard.row('Checkout').getAttribute('aria-level'), '2');

    await wizard.row('쇼핑').click();
    await visit.button('projects.new_group').click();
    await place('쇼핑');
    await refused('CHECKOUT');
    await name.fill('Returns');
    await gone(visit.dialog.getByText(t('fault.duplicate')));
    await create.click();
    await gone(visit.dialog);

    await visit.project('Refunds', await visit.api.get('project-groups?q=Returns')
        .then(({ body }) => body.project_groups[0]));
    await visit.button('projects.new_project').click();
    await place('쇼핑', 'Returns');
    await refused('refunds');
    await name.fill('Labels');
    await create.click();
    await gone(visit.dialog);
    await seen(visit.text('picker.chosen', { name: 'Labels' }));
    await becomes(() => wizard.row('Labels').getAttribute('aria-selected'), 'true');
    await becomes(() => wizard.row('Labels').getAttribute('aria-level'), '3');
    await wizard.save();
    await visit.at(t('success.title'));

    const { body } = await visit.api.get('projects?q=Labels');
    const groups = (await visit.api.get('project-groups')).body.project_groups;
    const parent = (id) => groups.find((group) => group.id === id);
    is(parent(body.projects[0].group_id).name, 'Returns');
    is(parent(parent(body.projects[0].group_id).parent_id).name, '쇼핑');
    is(body.projects[0].accounts, 1);
});


web.scenario('a project taken along from its dashboard is chosen already',
    async (visit) => {
        const { t } = visit;
        const wizard = new Wizard(visit);
        const project = await visit.project('Web');

        await visit.go(`projects/${project.id}`);
        await visit.link('accounts.add').click();
        await visit.at(t('wizard.title'));
        await wizard.provider();
        await wizard.base('Alpha');
        await wizard.credentials(await web.credentials([linkedAccount()]));
        await wizard.step('project');
        await seen(visit.text('picker.chosen', { name: 'Web' }));
        await becomes(() => wizard.row('Web').getAttribute('aria-selected'), 'true');
    });


web.scenario('saving shows that it is on its way', async (visit) => {
    const { t } = visit;
    const wizard = new Wizard(visit);
    await visit.project('Web');
    const credentials = await web.credentials([linkedAccount()]);

    await wizard.upToProject('Alpha', credentials);
    await wizard.project('Web');
    const { id } = await web.sandbox.fault({
        client: credentials.email, path: '/linkedaccount', delay_ms: 1500,
    });
    await wizard.save();
    const busy = visit.button('wizard.saving');
    await seen(busy);
    await becomes(() => busy.getAttribute('aria-disabled'), 'true');
    /* a second click sends nothing more */
    await busy.dispatchEvent('click');
    await visit.at(t('success.title'));
    await web.sandbox.control('DELETE', `faults?id=${id}`);

    is((await visit.api.get('service-accounts')).body.total, 1);
    is((await web.sandbox.calls({
        client: credentials.email, path: '/v1/search/linkedaccount',
    })).length, 1);
});
