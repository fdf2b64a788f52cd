// Whatever can be done, done by keyboard alone: no test here has a mouse.

import { becomes, focused, gone, seen, startWeb } from '../lib/browser.mjs';
import { enter, press, tabTo } from '../lib/keys.mjs';
import { deepEqual, is, like, ok } from '../lib/tap.mjs';


const web = await startWeb();

/* keys are the same in every language */
const scenario = (name, fn) => web.scenario(name, fn, { langs: ['ko'] });

const dialog = (visit, title) => visit.page.getByRole('dialog',
    { name: title, exact: true });
const row = (visit, name) => visit.part('account-table').getByRole('row')
    .filter({ hasText: name });
const toast = (visit, text) => seen(visit.part('toasts').getByText(text));


// Tab, round and round, stays in the dialog (or in the browser's own bars).
async function keepsFocus(visit, within) {
    for (let i = 0; i < 12; i++) {
        await visit.page.keyboard.press('Tab');
        ok(await within.evaluate((element) =>
            document.activeElement === document.body
            || element.contains(document.activeElement)));
    }
}


scenario('an account is edited, given another key, moved, deleted', async (visit) => {
    const { page, t, plural } = visit;
    const { keyboard } = page;
    const account = await visit.account('Alpha', await visit.project('Shop'));
    await visit.project('Basket');

    await visit.go(`service-accounts/${account.id}`);
    await press(visit, visit.button('accounts.edit'));
    const edit = dialog(visit, t('accounts.edit'));
    await seen(edit);
    await keepsFocus(visit, edit);
    await keyboard.press('Escape');
    await gone(edit);
    await focused(visit.button('accounts.edit'));
    await keyboard.press('Enter');
    await seen(edit);
    await enter(visit, visit.field('table.name', {}, edit), 'Beta');
    await press(visit, visit.button('tags.add', {}, edit));
    await focused(visit.field('tags.key', { n: 1 }));
    await keyboard.type('team');
    await press(visit, visit.button('tags.remove', { n: 1 }));
    /* what had the focus is gone: it stays close by */
    await focused(visit.button('tags.add', {}, edit));
    await keyboard.press('Enter');
    await focused(visit.field('tags.key', { n: 1 }));
    await keyboard.type('team');
    await enter(visit, visit.field('tags.value', { n: 1 }), 'web');
    await keyboard.press('Enter');
    await visit.at('Beta');
    await gone(edit);
    await focused(visit.button('accounts.edit'));
    deepEqual((await visit.api.get(`service-accounts/${account.id}`)).body.tags,
        { team: 'web' });

    await press(visit, visit.button('accounts.replace'));
    const replace = dialog(visit, t('accounts.replace'));
    await seen(replace);
    const reveal = visit.button('credentials.reveal', { name: t('credential.key') });
    await enter(visit, visit.field('credential.key', {}, replace),
        account.credentials.key);
    await press(visit, reveal, 'Space');
    await becomes(() => reveal.getAttribute('aria-pressed'), 'true');
    await press(visit, visit.button('verify.action', {}, replace));
    await seen(visit.part('verified'));
    await press(visit, visit.button('action.save', {}, replace));
    await gone(replace);
    await focused(visit.button('accounts.replace'));

    /* asked before input is lost, and back where it was entered */
    await keyboard.press('Enter');
    await seen(replace);
    await enter(visit, visit.field('credential.key', {}, replace), 'half a key');
    await keyboard.press('Escape');
    const leave = dialog(visit, t('leave.title'));
    await seen(leave);
    await keepsFocus(visit, leave);
    await press(visit, visit.button('action.cancel', {}, leave));
    await gone(leave);
    await focused(visit.field('credential.key', {}, replace));
    await keyboard.press('Escape');
    await seen(leave);
    await press(visit, visit.button('leave.submit', {}, leave));
    await gone(replace);
    await focused(visit.button('accounts.replace'));

    await tabTo(visit, visit.button('accounts.change_project'), 'Shift+Tab');
    await keyboard.press('Enter');
    await seen(visit.dialog);
    const rows = visit.part('project-tree').getByRole('treeitem');
    await tabTo(visit, rows.filter({ hasText: 'Shop' }));
    await keyboard.press('b');
    await focused(rows.filter({ hasText: 'Basket' }));
    await keyboard.press('Enter');
    await seen(visit.text('picker.chosen', { name: 'Basket' }));
    await press(visit, visit.button('accounts.change_project', {}, visit.dialog));
    await gone(visit.dialog);
    await toast(visit, plural('accounts.moved', 1));

    await press(visit, visit.button('action.delete'));
    await seen(visit.dialog);
    await enter(visit, visit.field('accounts.type_name', { name: 'Beta' }), 'Beta');
    await keyboard.press('Enter');
    await visit.at(t('accounts.title'));
    await focused(page.getByRole('heading', { level: 1 }));
});


scenario('of a list: several are moved, one is deleted, pages are turned',
    async (visit) => {
        const { page, plural } = visit;
        const { keyboard } = page;
        const shop = await visit.project('Shop');
        await visit.project('Basket');
        await visit.account('Alpha', shop);
        await visit.account('Beta', shop);

        await visit.go('service-accounts');
        await press(visit, row(visit, 'Beta').getByRole('checkbox'), 'Space');
        await press(visit, row(visit, 'Alpha').getByRole('checkbox'), 'Space');
        await tabTo(visit, visit.button('accounts.change_project'), 'Shift+Tab');
        await keyboard.press('Enter');
        await seen(visit.dialog);
        const rows = visit.part('project-tree').getByRole('treeitem');
        await tabTo(visit, rows.nth(0));
        await keyboard.press('b');
        await keyboard.press('Space');
        await seen(visit.text('picker.chosen', { name: 'Basket' }));
        await press(visit, visit.button('accounts.change_project', {}, visit.dialog));
        await gone(visit.dialog);
        await becomes(() => row(visit, 'Basket').count(), 2);
        await toast(visit, plural('accounts.moved', 2));

        await press(visit, visit.button('accounts.delete', { name: 'Alpha' }));
        await seen(visit.dialog);
        await enter(visit, visit.field('accounts.type_name', { name: 'Alpha' }), 'Alpha');
        await press(visit, visit.button('action.delete', {}, visit.dialog));
        await gone(visit.dialog);
        await becomes(() => row(visit, 'Alpha').count(), 0);
        /* not at the top of the page again */
        await becomes(() => visit.part('account-table').evaluate((table) =>
            table.parentElement.contains(document.activeElement)), true);

        /* pages of one */
        await visit.account('Alpha', shop);
        await page.route('**/api/v1/service-accounts?*limit=25*', (route) =>
            route.continue({ url: route.request().url().replace('limit=25', 'limit=1') }));
        await visit.go('service-accounts');
        await seen(row(visit, 'Alpha'));
        await press(visit, visit.button('paging.next'));
        await seen(row(visit, 'Beta'));
        const { address } = visit;
        like(address, /cursor=/);
        /* at the end the arrow stays, and leads nowhere */
        await focused(visit.button('paging.next'));
        await keyboard.press('Enter');
        is(visit.address, address);
        await tabTo(visit, visit.button('paging.previous'), 'Shift+Tab');
        await keyboard.press('Enter');
        await seen(row(visit, 'Alpha'));
        is(visit.address, 'service-accounts');
    });


scenario('a provider is switched off and on', async (visit) => {
    const { page, t } = visit;
    const { keyboard } = page;
    const name = 'Hyper Billing';
    const own = visit.part('switch-hyperbilling_aws');

    await visit.go();
    await press(visit, visit.link('nav.providers'));
    await visit.at(t('providers.title'));
    await press(visit, own, 'Space');
    const sure = dialog(visit, t('providers.disable_title', { name }));
    await seen(sure);
    await keepsFocus(visit, sure);
    await keyboard.press('Escape');
    await gone(sure);
    await focused(own);
    await becomes(() => own.getAttribute('aria-checked'), 'true');
    await keyboard.press('Space');
    await seen(sure);
    await press(visit, visit.button('providers.disable', {}, sure));
    await becomes(() => own.getAttribute('aria-checked'), 'false');
    await toast(visit, t('providers.disabled', { name }));
    await focused(own);
    await keyboard.press('Space');
    await becomes(() => own.getAttribute('aria-checked'), 'true');

    /* a message that is dismissed takes the focus to no far away place */
    await tabTo(visit, visit.part('toasts').getByRole('button').first());
    await keyboard.press('Enter');
    await becomes(() => page.evaluate(() =>
        document.activeElement !== document.body), true);
});


scenario('a dashboard is read: periods, stacks, days, tables', async (visit) => {
    const { page, t, lang } = visit;
    const { keyboard } = page;
    const { id } = await visit.project('Shop');
    await visit.account('Alpha', { id }, 2);
    const radio = (part, name) => visit.part(part).getByRole('radio', { name });

    await visit.go();
    await seen(visit.part('this-month'));
    /* a list to choose from opens by keys of the system: its arrows choose */
    await tabTo(visit, visit.choice('trend.split'));
    await keyboard.press('ArrowDown');
    await becomes(() => visit.address, '?split=service');
    await focused(visit.choice('trend.split'));
    await seen(visit.part('trend').locator('.legend li').nth(1));
    await press(visit, visit.button('trend.table'), 'Space');
    await seen(visit.part('trend').getByRole('table'));
    await keyboard.press('Space');
    await tabTo(visit, radio('granularity', t('trend.month')));
    await keyboard.press('ArrowRight');
    await becomes(() => visit.address, '?split=service&by=day');
    await focused(radio('granularity', t('trend.day')));

    const item = (name) => page.getByRole('menuitem', { name: t(`export.${name}`) });
    await press(visit, visit.button('export.label'));
    await focused(item('png'));
    await keyboard.press('ArrowDown');
    await focused(item('csv'));
    const file = page.waitForEvent('download');
    await keyboard.press('Enter');
    like((await file).suggestedFilename(), /\.csv$/);
    await focused(visit.button('export.label'));

    /* the calendar: one stop, a day with each arrow, each one told */
    const long = (date) => new Intl.DateTimeFormat(lang, { dateStyle: 'long',
        timeZone: 'UTC' }).format(new Date(`${date}T00:00:00Z`));
    const days = await visit.part('calendar-grid').locator('[data-date]')
        .evaluateAll((all) => all.map((one) => one.dataset.date));
    const day = (at) => visit.part('calendar-grid').locator(`[data-date="${days.at(at)}"]`);
    const spoken = (at) => day(at).locator('.sr').textContent();
    await tabTo(visit, day(-1));
    like(await spoken(-1), new RegExp(t('state.in_progress')));
    like(await visit.part('calendar-read').textContent(), /\d/);
    await keyboard.press('Home');
    await focused(day(0));
    ok((await spoken(0)).includes(long(days[0])), await spoken(0));
    ok((await visit.part('calendar-read').textContent()).includes(long(days[0])));
    await keyboard.press('ArrowLeft');
    await focused(day(0));
    if (days.length > 8) {
        await keyboard.press('ArrowRight');
        await focused(day(1));
        await keyboard.press('ArrowDown');
        await focused(day(8));
        await keyboard.press('ArrowUp');
        await focused(day(1));
    }
    await keyboard.press('End');
    await focused(day(-1));
    await tabTo(visit, visit.button('calendar.older'), 'Shift+Tab');
    await keyboard.press('Enter');
    await becomes(() => /month=/.test(visit.address), true);
    await visit.settled();
    await press(visit, visit.button('calendar.newer'));
    await becomes(() => /month=/.test(visit.address), false);
    await visit.settled();
    await focused(visit.button('calendar.newer'));

    /* six periods back and forth, folded out */
    await visit.go(`projects/${id}`);
    await seen(visit.part('cost-table'));
    await press(visit, visit.button('table.older'));
    await becomes(() => /end=/.test(visit.address), true);
    await visit.settled();
    await press(visit, visit.button('table.newer'));
    await becomes(() => /end=/.test(visit.address), false);
    await visit.settled();
    await focused(visit.button('table.newer'));
    await press(visit, page.locator('button.fold'));
    await becomes(() => page.locator('button.fold').getAttribute('aria-expanded'), 'true');

    /* a filter that is taken out */
    await visit.go('costs?service=AmazonEC2&region=us-east-1');
    await visit.settled();
    await press(visit, visit.button('costs.remove_filter', { name: 'us-east-1' }));
    await focused(visit.button('costs.remove_filter', { name: 'AmazonEC2' }));
});


scenario('projects and groups are made, renamed, moved, deleted', async (visit) => {
    const { page, t } = visit;
    const { keyboard } = page;
    const act = async (name, action) => {
        await tabTo(visit, visit.button('projects.actions', { name }));
        await keyboard.press('Enter');
        const item = page.getByRole('menuitem', { name: t(action), exact: true });
        for (let i = 0; i < 6 && !await item.evaluate(
            (one) => one === document.activeElement); i++) {
            await keyboard.press('ArrowDown');
        }
        await keyboard.press('Enter');
        await seen(visit.dialog);
    };
    const name = async (text) => {
        await enter(visit, visit.field('table.name', {}, visit.dialog), text);
        await keyboard.press('Enter');
        await gone(visit.dialog);
    };

    await visit.go('projects');
    await press(visit, visit.button('projects.new_group'));
    await seen(visit.dialog);
    await name('Shops');
    await focused(visit.button('projects.new_group'));
    await act('Shops', 'projects.new_project');
    await name('Web');
    await act('Web', 'action.rename');
    await name('Webshop');
    await focused(visit.button('projects.actions', { name: 'Webshop' }));
    await act('Webshop', 'action.move');
    await tabTo(visit, visit.choice('projects.target', visit.dialog));
    await keyboard.press('ArrowUp');
    await press(visit, visit.button('projects.move_action', {}, visit.dialog));
    await gone(visit.dialog);
    await act('Shops', 'action.rename');
    await name('Stores');
    const toggle = page.getByRole('button', { name: 'Stores', exact: true });
    await tabTo(visit, toggle, 'Shift+Tab');
    await keyboard.press('Space');
    await becomes(() => toggle.getAttribute('aria-expanded'), 'false');
    await act('Stores', 'action.delete');
    await press(visit, visit.button('action.delete', {}, visit.dialog));
    await gone(visit.dialog);
    await toast(visit, t('projects.deleted', { name: 'Stores' }));
    await becomes(() => toggle.count(), 0);
    await becomes(() => page.evaluate(() =>
        document.activeElement !== document.body), true);
    await act('Webshop', 'action.delete');
    await press(visit, visit.button('action.delete', {}, visit.dialog));
    await seen(visit.part('no-projects'));
    await becomes(() => page.evaluate(() =>
        document.activeElement !== document.body), true);
});


scenario('language and theme are switched, the content is reached', async (visit) => {
    const { page } = visit;
    const { keyboard } = page;
    await visit.go('projects');
    await keyboard.press('Tab');
    await focused(visit.link('frame.skip'));
    await press(visit, visit.part('language'), 'Space');
    await becomes(() => page.evaluate(() => document.documentElement.lang),
        visit.lang === 'en' ? 'ko' : 'en');
    await focused(visit.part('language'));
    await keyboard.press('Enter');
    await becomes(() => page.evaluate(() => document.documentElement.lang), visit.lang);
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    await tabTo(visit, visit.part('theme'));
    for (const wanted of ['light', 'dark']) {
        for (let i = 0; i < 3 && await theme() !== wanted; i++) {
            await keyboard.press('Space');
        }
        is(await theme(), wanted);
        await focused(visit.part('theme'));
    }
});


scenario('the way of the focus is that of reading, and in sight', async (visit) => {
    const { page } = visit;
    const shop = await visit.project('Shop', await visit.group('Group'));
    const { id } = await visit.account('Alpha', shop);

    for (const path of ['', `projects/${shop.id}`, 'projects', 'service-accounts',
        `service-accounts/${id}`, 'providers', 'service-accounts/new']) {
        await visit.go(path);
        const faults = [];
        let last = -1;

        for (let i = 0; i < 80; i++) {
            await page.keyboard.press('Tab');
            const stop = await page.evaluate(() => {
                const element = document.activeElement;
                const { left, top, width, height } = element.getBoundingClientRect();
                const place = [...document.querySelectorAll('*')].indexOf(element);
                /* of what is larger than the window, some of it */
                const [x, y] = [left + Math.min(width / 2, 20), top + Math.min(height / 2, 12)];
                const there = document.elementFromPoint(x, y);

                return { body: element === document.body, place,
                    name: `${element.tagName} ${element.textContent.slice(0, 30)}`,
                    seen: there !== null && (element.contains(there) || there.contains(element)) };
            });
            if (stop.body || stop.place < last) {
                break;
            }
            last = stop.place;
            if (!stop.seen) {
                faults.push(stop.name);
            }
        }
        deepEqual(faults, [], path);
        ok(last > 0);
        is(await page.locator('[tabindex]').evaluateAll((all) =>
            all.filter((one) => one.tabIndex > 0).length), 0);
    }
});
