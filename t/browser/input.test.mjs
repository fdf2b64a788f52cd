// What has been entered: asked for before it is lost, kept when it is not
// accepted, its messages in the language of the page.

import { linkedAccount } from '../lib/billing.mjs';
import { becomes, focused, gone, seen, startWeb } from '../lib/browser.mjs';
import { is } from '../lib/tap.mjs';
import { texts } from '../lib/texts.mjs';
import { until } from '../lib/until.mjs';
import { Wizard } from '../lib/wizard.mjs';


const web = await startWeb();


// Opens a dialog of an account by its button, enters something, and tries
// every way out of it.
async function waysOut(visit, opener, field, value) {
    const { page, t } = visit;
    const form = page.getByRole('dialog', { name: t(opener), exact: true });
    const question = page.getByRole('dialog', { name: t('leave.title'), exact: true });
    const input = field(form);

    /* at once, as fast as a hand can be */
    await visit.button(opener).click();
    await page.keyboard.press('Escape');
    await gone(form);

    await visit.button(opener).click();
    await seen(form);
    await input.fill(value);
    for (const leave of [
        () => page.keyboard.press('Escape'),
        () => visit.button('action.close', {}, form).click(),
        () => visit.button('action.cancel', {}, form).click(),
        () => page.goBack(),
    ]) {
        await leave();
        await seen(question);
        await visit.button('action.cancel', {}, question).click();
        await gone(question);
        await becomes(() => input.inputValue(), value);
    }

    await visit.button('action.cancel', {}, form).click();
    await visit.button('leave.submit', {}, question).click();
    await gone(form);
    await visit.button(opener).click();
    await seen(form);
    is(await input.inputValue() === value, false, 'not kept');
    await page.keyboard.press('Escape');
    await gone(form);
}


web.scenario('a dialog with input asks before it closes', async (visit) => {
    const { t } = visit;
    const account = await visit.account('Alpha', await visit.project('Shop'));

    await visit.go('service-accounts');
    await visit.page.getByRole('link', { name: 'Alpha' }).click();
    await visit.at('Alpha');
    await waysOut(visit, 'accounts.replace',
        (form) => visit.field('credential.key', {}, form), 'a new key');
    await waysOut(visit, 'accounts.edit',
        (form) => form.getByLabel(t('table.name')), 'Beta');
    is(visit.address, `service-accounts/${account.id}`);

    /* once it is saved, nothing is left to ask for */
    await visit.button('accounts.edit').click();
    await visit.dialog.getByLabel(t('table.name')).fill('Beta');
    await visit.button('action.save', {}, visit.dialog).click();
    await visit.at('Beta');
    await visit.page.goBack();
    await visit.at(t('accounts.title'));
});


web.scenario('signed out while the key is replaced: it is kept', async (visit) => {
    const { t } = visit;
    const account = await visit.account('Alpha', await visit.project('Shop'));
    const key = visit.field('credential.key', {}, visit.dialog);
    const { credentials } = account;
    visit.allow(`401 PATCH service-accounts/${account.id}`);

    await visit.go(`service-accounts/${account.id}`);
    await visit.button('accounts.replace').click();
    await key.fill(credentials.key);
    await visit.become({ user: '' });
    await visit.button('action.save', {}, visit.dialog).click();
    await seen(visit.dialog.getByText(t('problem.unauthenticated')));
    await becomes(() => key.inputValue(), credentials.key);

    await visit.become({});
    await visit.button('action.save', {}, visit.dialog).click();
    await gone(visit.dialog);
});


// Dialogs by what opens them: [where, open(visit), what is failed, input(visit),
// submit key].
function dialogs(visit, { project, account, group }) {
    const { page, t } = visit;
    const within = visit.dialog;
    const action = (name, key) => async () => {
        await visit.button('projects.actions', { name }).click();
        await page.getByRole('menuitem', { name: t(key), exact: true }).click();
    };
    const named = () => visit.field('table.name', {}, within);
    const target = () => visit.choice('projects.target', within);
    const picked = { fill: () => within.getByRole('treeitem').filter(
        { hasText: 'Other' }).click(), inputValue: () => within.getByRole('treeitem',
        { selected: true }).textContent() };

    return [
        ['projects', () => visit.button('projects.new_project').click(),
            'POST projects', named, 'New one', 'action.create'],
        ['projects', action('Shop', 'action.rename'),
            `PATCH projects/${project.id}`, named, 'Renamed', 'action.save'],
        ['projects', action('Renamed', 'action.move'), `PATCH projects/${project.id}`,
            () => ({ fill: (value) => target().selectOption(value),
                inputValue: () => target().inputValue() }), group.id,
            'projects.move_action'],
        ['service-accounts', async () => {
            await page.getByRole('row').filter({ hasText: 'Alpha' })
                .getByRole('checkbox').check();
            await visit.button('accounts.change_project').click();
        }, `PATCH service-accounts/${account.id}`, () => picked, 'Other',
        'accounts.change_project'],
        ['service-accounts', () => visit.button('accounts.delete',
            { name: 'Alpha' }).click(), `DELETE service-accounts/${account.id}`,
        () => visit.field('accounts.type_name', { name: 'Alpha' }, within), 'Alpha',
        'action.delete'],
        ['projects', action('Other', 'action.delete'), /DELETE projects/, null, null,
            'action.delete'],
    ];
}


web.scenario('signed out in any dialog: what was entered is kept', async (visit) => {
    const { t } = visit;
    const project = await visit.project('Shop');
    const group = await visit.group('Group');
    const account = await visit.account('Alpha', project);
    await visit.project('Other');

    for (const [path, open, failed, field, value, submit] of dialogs(visit,
        { project, account, group })) {
        await visit.go(path);
        await open();
        await seen(visit.dialog);
        await field?.().fill(value);
        await visit.become({ user: '' });
        await visit.button(submit, {}, visit.dialog).click();
        await seen(visit.dialog.getByText(t('problem.unauthenticated')));
        visit.allow(typeof failed === 'string' ? `401 ${failed}`
            : new RegExp(`401 ${failed.source}`));
        if (field !== null) {
            await becomes(() => field().inputValue(), value, submit);
        }

        await visit.become({});
        await visit.button(submit, {}, visit.dialog).click();
        await gone(visit.dialog);
        await gone(visit.part('signed-out'));
    }
    is((await visit.api.get('service-accounts')).body.total, 0);
});


// The answer to an earlier request comes behind that to a later one.
web.scenario('signed out: what is said last holds, not what comes last', async (visit) => {
    const { page, t } = visit;
    const account = await visit.account('Alpha', await visit.project('Shop'));
    const save = visit.button('action.save', {}, visit.dialog);
    const late = [];
    visit.allow(`401 PATCH service-accounts/${account.id}`,
        `401 GET service-accounts/${account.id}/linked-accounts`);
    await page.route('**/costs/stream*', () => undefined);
    await page.route('**/api/v1/costs?*', async (route) => {
        const response = await route.fetch();
        await new Promise((resolve) => late.push(resolve));
        await route.fulfill({ response });
    });

    await page.goto(`${web.root}service-accounts/${account.id}`);
    await until(() => late.length > 0, 'costs');
    await visit.button('accounts.replace').click();
    await visit.field('credential.key', {}, visit.dialog).fill(account.credentials.key);
    await visit.become({ user: '' });
    await save.click();
    await seen(visit.dialog.getByText(t('problem.unauthenticated')));
    await seen(visit.part('signed-out'));

    const answered = page.waitForResponse('**/api/v1/costs?*');
    late.forEach((go) => go());
    await (await answered).finished();
    await visit.drawn();
    await seen(visit.part('signed-out'));

    await visit.become({});
    await save.click();
    await gone(visit.dialog);
    await gone(visit.part('signed-out'));
});


web.scenario('signed out at each step of the wizard: nothing is lost', async (visit) => {
    const { page, t } = visit;
    const wizard = new Wizard(visit);
    const credentials = await web.credentials([linkedAccount()]);
    visit.allow('401 GET service-accounts', '401 POST service-accounts/verify',
        '401 POST projects');

    await wizard.start();
    await wizard.step('credentials');
    await visit.become({ user: '' });
    await wizard.fill(credentials);
    await visit.button('verify.action').click();
    await seen(page.getByText(t('problem.unauthenticated')));
    await becomes(() => wizard.credential('key').inputValue(), credentials.key);
    await visit.become({});
    await visit.button('verify.action').click();
    await seen(visit.part('verified'));
    await gone(visit.part('signed-out'));
    await wizard.next();

    await wizard.step('base');
    await visit.become({ user: '' });
    await wizard.name.fill('Alpha');
    await seen(visit.part('signed-out'));
    await visit.button('tags.add').click();
    await wizard.tag('key', 1).fill('team');
    await wizard.tag('value', 1).fill('web');
    await visit.field('picker.new').fill('Shop');
    await wizard.save();
    await seen(page.getByText(t('problem.unauthenticated')));
    await visit.become({});
    await wizard.save();
    await visit.at(t('success.title'));
    const [account] = (await visit.api.get('service-accounts')).body.service_accounts;
    is(account.name, 'Alpha');
    is(account.tags.team, 'web');
});


web.scenario('messages at fields follow the language', async (visit) => {
    const { page, lang } = visit;
    const wizard = new Wizard(visit);
    const other = await texts(lang === 'en' ? 'ko' : 'en');
    const project = await visit.project('Web');
    const invalid = (name) => page.getByRole('textbox', { name, exact: true });
    await visit.account('Taken', project);
    visit.allow('409 POST service-accounts');

    await wizard.start();
    await wizard.credentials(await web.credentials([linkedAccount()]));
    await wizard.base('');
    await wizard.save();
    await seen(visit.text('fault.required'));
    await visit.part('language').click();
    await seen(page.getByText(other.t('fault.required'), { exact: true }));
    is(await visit.text('fault.required').count(), 0);
    await becomes(() => invalid(other.t('wizard.name')).getAttribute('aria-invalid'), 'true');
    await visit.part('language').click();
    await seen(visit.text('fault.required'));

    /* what the server found as well */
    await page.route('**/api/v1/service-accounts?*', (route) => route.fulfill(
        { json: { service_accounts: [], next_cursor: null, total: 0 } }));
    await wizard.base('Taken');
    await wizard.project('Web');
    await wizard.save();
    await wizard.step('base');
    await seen(visit.text('fault.duplicate'));
    await focused(wizard.name);
    await visit.part('language').click();
    await seen(page.getByText(other.t('fault.duplicate'), { exact: true }));
    await becomes(() => visit.text('fault.duplicate').count(), 0);
});
