// By keyboard alone: the wizard, and what moves by the arrow keys.

import { linkedAccount } from '../lib/billing.mjs';
import { becomes, focused, gone, seen, startWeb } from '../lib/browser.mjs';
import { tabTo } from '../lib/keys.mjs';
import { is, like, ok } from '../lib/tap.mjs';


const web = await startWeb();

web.scenario('an account is registered', async (visit) => {
    const { page, t } = visit;
    const { keyboard } = page;
    const ids = [linkedAccount()];
    const credentials = await web.credentials(ids);
    const shop = await visit.group('Shop');
    await visit.project('Basket', shop);
    await visit.project('Payment', shop);

    await visit.go();
    await tabTo(visit, visit.link('nav.accounts'));
    await keyboard.press('Enter');
    await visit.at(t('accounts.title'));
    await tabTo(visit, visit.link('first.start'));
    await keyboard.press('Enter');
    await visit.at(t('wizard.title'));
    await focused(page.getByRole('heading', { level: 1 }));

    await seen(visit.part('step-credentials'));
    await tabTo(visit, page.getByRole('tab', { selected: true }));
    await keyboard.press('ArrowRight');
    await focused(page.getByRole('tab', { name: t('credentials.json') }));
    await seen(visit.field('credentials.json_label'));
    await keyboard.press('ArrowLeft');
    await focused(page.getByRole('tab', { name: t('credentials.form') }));
    for (const name of ['email', 'key']) {
        await tabTo(visit, visit.field(`credential.${name}`));
        await keyboard.type(credentials[name]);
    }
    await tabTo(visit, visit.button('verify.action'));
    await keyboard.press('Enter');
    await seen(visit.part('verified'));
    await tabTo(visit, visit.button('wizard.next'));
    await keyboard.press('Enter');

    /* the first field of a step is where one types */
    await seen(visit.part('step-base'));
    await focused(visit.field('wizard.name'));
    await keyboard.press('ControlOrMeta+a');
    await keyboard.type('Alpha');
    await tabTo(visit, visit.button('tags.add'));
    await keyboard.press('Enter');
    await focused(visit.field('tags.key', { n: 1 }));
    await keyboard.type('team');
    await tabTo(visit, visit.field('tags.value', { n: 1 }));
    await keyboard.type('web');
    const rows = visit.part('project-tree').getByRole('treeitem');
    await tabTo(visit, rows.nth(0));
    await keyboard.press('ArrowLeft');
    await becomes(() => rows.count(), 1);
    await becomes(() => rows.nth(0).getAttribute('aria-expanded'), 'false');
    await keyboard.press('ArrowRight');
    await becomes(() => rows.count(), 3);
    await keyboard.press('p');
    await focused(rows.filter({ hasText: 'Payment' }));
    await keyboard.press('Home');
    await focused(rows.nth(0));
    await keyboard.press('End');
    await keyboard.press('ArrowUp');
    await focused(rows.filter({ hasText: 'Basket' }));
    await keyboard.press('Space');
    await seen(visit.text('picker.chosen', { name: 'Basket' }));
    await tabTo(visit, visit.button('wizard.save'));
    await keyboard.press('Enter');

    await visit.at(t('success.title'));
    await tabTo(visit, visit.link('success.project'));
    await keyboard.press('Enter');
    await visit.at('Basket');
});


web.scenario('a dialog keeps the focus, and gives it back', async (visit) => {
    const { page, t } = visit;
    const { keyboard } = page;

    await visit.go('projects');
    await tabTo(visit, visit.button('projects.new_project'));
    /* open before anything else can be typed */
    is(await page.evaluate(() => new Promise((resolve) => {
        document.activeElement.click();
        requestAnimationFrame(() => resolve(document.querySelector('dialog')?.open));
    })), true);
    await keyboard.press('Escape');
    await gone(visit.dialog);
    await focused(visit.button('projects.new_project'));
    await keyboard.press('Enter');
    await seen(visit.dialog);
    for (let i = 0; i < 8; i++) {
        await keyboard.press('Tab');
        ok(await page.evaluate(() => document.activeElement === document.body
            || document.querySelector('dialog').contains(document.activeElement)));
    }
    await keyboard.press('Escape');
    await gone(visit.dialog);
    await focused(visit.button('projects.new_project'));

    await keyboard.press('Enter');
    await seen(visit.dialog);
    await tabTo(visit, visit.dialog.getByLabel(t('table.name')));
    await keyboard.type('Web');
    await keyboard.press('Enter');
    await gone(visit.dialog);
    await seen(page.getByRole('link', { name: 'Web' }));
});


web.scenario('a menu opens, moves and closes', async (visit) => {
    const { page, t } = visit;
    const { keyboard } = page;
    await visit.project('Web');
    const item = (name) => page.getByRole('menuitem', { name: t(`action.${name}`) });

    await visit.go('projects');
    const opener = visit.button('projects.actions', { name: 'Web' });
    await tabTo(visit, opener);
    await keyboard.press('Enter');
    await focused(item('rename'));
    await keyboard.press('ArrowDown');
    await focused(item('move'));
    await keyboard.press('End');
    await focused(item('delete'));
    await keyboard.press('ArrowDown');
    await focused(item('rename'));
    await keyboard.press('Escape');
    await gone(page.getByRole('menu'));
    await focused(opener);

    await keyboard.press('Enter');
    await focused(item('rename'));
    await keyboard.press('Enter');
    await seen(page.getByRole('heading', { name: t('projects.rename', { name: 'Web' }) }));
});


web.scenario('the bars of a chart are read one by one', async (visit) => {
    const { page, t, lang } = visit;
    const { keyboard } = page;
    await visit.account('Alpha', await visit.project('Web'));

    await visit.go();
    await seen(visit.part('this-month'));
    const months = (await visit.api.get('dashboard')).body.currencies[0].monthly;
    const month = (at) => new Intl.DateTimeFormat(lang,
        { year: 'numeric', month: 'long', timeZone: 'UTC' })
        .format(new Date(`${months.dates.at(at)}-01T00:00:00Z`));
    const read = visit.part('chart-read');
    const chosen = visit.part('chart').getByRole('option', { selected: true });

    await tabTo(visit, visit.part('chart'));
    await keyboard.press('ArrowLeft');
    await becomes(async () => (await read.textContent()).includes(month(-1)), true);
    like(await read.textContent(), new RegExp(t('state.in_progress')));
    like(await chosen.getAttribute('aria-label'),
        new RegExp(`${month(-1)}.*${t('state.in_progress')}`));
    await keyboard.press('ArrowLeft');
    await becomes(async () => (await read.textContent()).includes(month(-2)), true);
    await keyboard.press('Home');
    await becomes(async () => (await read.textContent()).includes(month(0)), true);
    await keyboard.press('Escape');
    await becomes(() => chosen.count(), 0);

    /* the switch of the periods is one stop, moved by arrows */
    await tabTo(visit, visit.part('basis').getByRole('radio', { checked: true }));
    await keyboard.press('ArrowRight');
    await becomes(() => visit.address, '?basis=last');
    await focused(visit.part('basis').getByRole('radio', { name: t('basis.last') }));
});
