// The wizard from the first step to the first figures.

import { linkedAccount } from '../lib/billing.mjs';
import { becomes, focused, gone, seen, startWeb } from '../lib/browser.mjs';
import { deepEqual, is, like, ok } from '../lib/tap.mjs';
import { Wizard } from '../lib/wizard.mjs';


const web = await startWeb();


web.scenario('an account is registered, step by step', async (visit) => {
    const { page, t } = visit;
    const wizard = new Wizard(visit);
    const ids = [linkedAccount(), linkedAccount()].sort();
    const credentials = await web.credentials(ids);

    await wizard.start();
    await wizard.provider();
    like(await visit.part('step-provider').textContent(),
        /MEGAZONE CLOUD \(Innoworks Team\)/);
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

    await wizard.step('base');
    await becomes(() => wizard.name.inputValue(), `Hyper Billing ${ids[0]} +1`,
        'proposed from what was found');
    await wizard.name.fill('  운영 계정 ');
    await visit.button('tags.add').click();
    await wizard.tag('key', 1).fill('부서');
    await wizard.tag('value', 1).fill('플랫폼 1팀');
    await visit.field('picker.new').fill('쇼핑몰');
    await seen(visit.text('picker.fresh', { name: '쇼핑몰' }));
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


web.scenario('the first account in nine clicks, the next in six', async (visit) => {
    const { page, t } = visit;
    const wizard = new Wizard(visit);
    let clicks = 0;
    /* whatever is typed into is clicked at first */
    const click = async (locator) => {
        clicks++;
        await locator.click();
    };
    const type = async (locator, text) => {
        await click(locator);
        await page.keyboard.type(text);
    };
    const enter = async () => {
        const { email, key } = await web.credentials([linkedAccount()]);
        await type(wizard.credential('email'), email);
        await type(wizard.credential('key'), key);
        await click(visit.button('wizard.next'));
        await wizard.step('base');
    };

    await visit.go();
    await click(visit.link('first.start'));
    await enter();
    await type(visit.field('picker.new'), 'Web');
    await click(visit.button('wizard.save'));
    await visit.at(t('success.title'));
    ok(clicks <= 9, `${clicks} clicks`);

    clicks = 0;
    await click(visit.link('success.another'));
    await visit.at(t('wizard.title'));
    await enter();
    await seen(visit.text('picker.chosen', { name: 'Web' }));
    await click(visit.button('wizard.save'));
    await visit.at(t('success.title'));
    ok(clicks <= 6, `${clicks} clicks`);
    is((await visit.api.get('service-accounts')).body.total, 2);
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
    await wizard.step('credentials');
    is(await visit.part('restored').count(), 0);
    for (const name of ['email', 'key']) {
        is(await wizard.credential(name).inputValue(), '', name);
    }
    await wizard.credentials(await web.credentials([linkedAccount()]));
    await wizard.step('base');
    ok(!(await wizard.name.inputValue()).includes('First'));
});


web.scenario('all linked accounts, or one of those that a test has found',
    async (visit) => {
        const { t } = visit;
        const wizard = new Wizard(visit);
        const project = await visit.project('Web');
        const { ids: [taken], id } = await visit.account('First', project);
        const free = linkedAccount();
        const credentials = await web.credentials([taken, free]);
        const radio = (name) => visit.page.getByRole('radio', { name: t(`scope.${name}`) });

        await wizard.start();
        await wizard.fill({ ...credentials, account: undefined });
        is(await radio('all').isChecked(), true);

        /* the test tells what another account has, and leads there */
        await visit.button('verify.action').click();
        await seen(visit.part('overlap'));
        is(await visit.part('verified').count(), 0, 'nothing is green');
        const link = visit.part('overlap').getByRole('link', { name: 'First' });
        like(await link.getAttribute('href'), new RegExp(`service-accounts/${id}$`));
        like(await visit.part('overlap').textContent(), new RegExp(taken));
        await wizard.next();
        await seen(visit.part('overlap'));
        await wizard.step('credentials');

        /* an id with a slip is none */
        await radio('one').check();
        const account = wizard.credential('account');
        await becomes(() => account.locator('option').allTextContents(),
            [t('scope.pick'), taken, free]);
        await wizard.next();
        await seen(visit.page.getByText(t('fault.pick')));
        await focused(account);
        await account.selectOption(free);
        await wizard.next();
        await wizard.step('base');
        await becomes(() => wizard.name.inputValue(), `Hyper Billing ${free}`);
        await wizard.save();
        await visit.at(t('success.title'));
        const { body } = await visit.api.get(`service-accounts?q=${free}`);
        is(body.service_accounts[0].credentials.account, free);
    });


web.scenario('an account id of eleven digits is none', async (visit) => {
    const wizard = new Wizard(visit);
    const linked = linkedAccount();
    const credentials = await web.credentials([linked]);

    await wizard.start();
    await wizard.fill({ ...credentials, account: '12345678901' });
    await wizard.next();
    await seen(visit.text('fault.account_id'));
    await focused(wizard.credential('account'));

    /* as consoles write it */
    await wizard.credential('account').fill(linked.replace(/(....)(....)/, '$1-$2-'));
    await becomes(() => wizard.credential('account').inputValue(), linked);
    await wizard.next();
    await wizard.step('base');
});


web.scenario('credentials without a linked account are not shown in green',
    async (visit) => {
        const wizard = new Wizard(visit);
        const credentials = await web.credentials([]);
        visit.allow('422 POST service-accounts/verify');

        await wizard.start();
        await wizard.credentials(credentials);
        await seen(visit.part('verified-empty'));
        await becomes(() => visit.part('verified-empty').textContent(),
            visit.t('verify.empty'));
        await wizard.step('credentials');
    });


web.scenario('each step can be cancelled', async (visit) => {
    const { t } = visit;
    const wizard = new Wizard(visit);
    const leave = async (asks) => {
        await visit.button('action.cancel').click();
        if (asks) {
            await visit.button('leave.submit', {}, visit.dialog).click();
        }
        await visit.at(t('accounts.title'));
        await wizard.start();
        is(await visit.part('restored').count(), 0, 'nothing comes back');
    };

    await wizard.start();
    await wizard.provider();
    await leave(false);
    await wizard.credential('email').fill('ops@example.com');
    await leave(true);
    is(await wizard.credential('email').inputValue(), '');
    await wizard.credentials(await web.credentials([linkedAccount()]));
    await wizard.step('base');
    await leave(true);
});


web.scenario('a name that is taken is found while typing', async (visit) => {
    const wizard = new Wizard(visit);
    const project = await visit.project('Web');
    await visit.account('Production', project);

    await wizard.start();
    await wizard.credentials(await web.credentials([linkedAccount()]));
    await wizard.step('base');

    await wizard.name.fill('');
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

    await visit.project('Web');
    await wizard.start();
    await wizard.credentials(await web.credentials([linkedAccount()]));
    await wizard.base('Alpha');

    for (const [at, key] of ['team', 'team', 'a-b', ''].entries()) {
        await visit.button('tags.add').click();
        await becomes(() => wizard.tag('key', at + 1).evaluate(
            (element) => element === document.activeElement), true);
        await wizard.tag('key', at + 1).fill(key);
        await wizard.tag('value', at + 1).fill('x');
    }
    await wizard.save();

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
    await wizard.save();
    await visit.at(t('success.title'));
});


web.scenario('form and JSON follow each other', async (visit) => {
    const { t } = visit;
    const wizard = new Wizard(visit);

    await wizard.start();
    await wizard.step('credentials');

    await wizard.scope('012345678901');
    await wizard.credential('email').fill('ops@example.com');
    await wizard.tab('json').click();
    deepEqual(JSON.parse(await wizard.json.inputValue()),
        { account: '012345678901', email: 'ops@example.com', key: '' });

    await wizard.json.fill('{"account": "all", "email": "dev@example.com", "key": "k-1"}');
    await wizard.tab('form').click();
    await becomes(() => visit.page.getByRole('radio', { name: t('scope.all') })
        .isChecked(), true);
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
    await seen(visit.page.getByText(
        t('projects.inside', { path: 'Shop / Checkout' })));
    await visit.field('picker.new').fill('Refunds');
    await seen(visit.text('picker.fresh', { name: 'Refunds' }));
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
    const fresh = visit.field('picker.new');
    await seen(visit.page.getByText(
        t('projects.inside', { path: '쇼핑 / Returns' })));
    await fresh.fill('refunds');
    await wizard.save();
    await seen(visit.text('fault.duplicate'));
    await focused(fresh);
    is((await visit.api.get('service-accounts')).body.total, 0);
    await fresh.fill('Labels');
    await seen(visit.text('picker.fresh', { name: 'Labels' }));
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
        await wizard.credentials(await web.credentials([linkedAccount()]));
        await wizard.step('base');
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
    })).length, 2, 'the test, and the save');
});
