// Every page in every state that is easy to reach, in both themes and
// languages and on a telephone: the accessibility rules hold, nothing scrolls
// sideways, nothing is inline, nothing in the console, and everywhere stands
// that the figures are made up.

import { linkedAccount } from '../lib/billing.mjs';
import { becomes, seen, startWeb } from '../lib/browser.mjs';
import { deepEqual } from '../lib/tap.mjs';
import { Wizard } from '../lib/wizard.mjs';


const web = await startWeb();

const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 844 };
const LONG = 'A name that is as long as names may ever be, and 한글도 있습니다';


// The page as it stands, wide in the light, narrow in the dark.
async function check(visit, what) {
    const { page } = visit;

    for (const [theme, size] of [['light', WIDE], ['dark', NARROW]]) {
        await page.setViewportSize(size);
        await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
        await becomes(() => page.evaluate(() =>
            document.documentElement.dataset.theme), theme);
        await visit.settled();
        await visit.drawn();
        deepEqual(await visit.violations(), [], `${what}, ${theme}`);
    }
    await fits(page, what);
    await becomes(() => visit.part('sandbox').allTextContents(),
        [visit.t('frame.sandbox')], what);
    await page.setViewportSize(WIDE);
}


// Nothing is wider than the window, except inside of what scrolls by itself.
async function fits(page, what) {
    const wide = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        const own = (element) => element === null ? false
            : /auto|scroll|hidden|clip/.test(getComputedStyle(element).overflowX)
                || own(element.parentElement);

        return scrollWidth <= clientWidth ? [] : [...document.body.querySelectorAll('*')]
            .filter((element) => element.getBoundingClientRect().right > clientWidth
                && !own(element.parentElement))
            .map((element) => `${element.tagName}.${element.className}`);
    });

    deepEqual(wide, [], `wider than the window: ${what}`);
}


async function furnish(visit) {
    const group = await visit.group('사업부');
    const project = await visit.project(LONG, group);
    const account = await visit.account(LONG, project, 2,
        { tags: { 부서: '플랫폼', owner: 'kim' } });

    await visit.project('Empty', await visit.group('Inner', group));
    await visit.account('Beta', await visit.project('Data'));
    return { group, project, account };
}


web.scenario('empty', async (visit) => {
    for (const path of ['', 'projects', 'service-accounts', 'costs', 'no/page']) {
        await visit.go(path);
        await check(visit, path);
    }
});


web.scenario('dashboards', async (visit) => {
    const { t } = visit;
    const { project } = await furnish(visit);

    await visit.go();
    await seen(visit.part('this-month'));
    await check(visit, 'dashboard by month');
    await visit.go('?by=day&split=service&basis=last');
    await becomes(() => visit.part('trend').locator('svg .series-2').count()
        .then((count) => count > 0), true);
    await check(visit, 'dashboard by day, stacked');
    await visit.button('trend.table').click();
    await check(visit, 'trend as a table');

    await visit.go(`projects/${project.id}`);
    await visit.at(LONG);
    await seen(visit.part('cost-table'));
    await visit.page.locator('button.fold').click();
    await check(visit, 'project dashboard');
    await visit.go('costs?service=AmazonEC2&region=us-east-1&group=account');
    await seen(visit.part('cost-table'));
    await check(visit, 'costs');
    await becomes(() => visit.link('nav.dashboard').getAttribute('aria-current'), 'page', t('nav.label'));
});


web.scenario('lists and their dialogs', async (visit) => {
    const { page, t } = visit;
    const { account } = await furnish(visit);
    const dialog = async (what) => {
        await seen(visit.dialog);
        await check(visit, what);
        await page.keyboard.press('Escape');
    };

    await visit.go('projects');
    await visit.button('projects.actions', { name: '사업부' }).click();
    await seen(page.getByRole('menu'));
    await check(visit, 'menu');
    await page.getByRole('menuitem', { name: t('action.move') }).click();
    await dialog('move');
    await visit.button('projects.new_project').click();
    await visit.button('action.create', {}, visit.dialog).click();
    await seen(visit.dialog.getByText(t('fault.required')));
    await dialog('new project');

    await visit.go('service-accounts');
    await page.getByLabel(t('accounts.select', { name: 'Beta' })).check();
    await check(visit, 'service accounts');
    await visit.button('accounts.change_project').click();
    await dialog('change project');
    await visit.go('service-accounts?q=zzz');
    await check(visit, 'no match');

    await visit.go(`service-accounts/${account.id}`);
    await seen(visit.part('cost-table'));
    await check(visit, 'one account');
    for (const key of ['accounts.edit', 'accounts.replace', 'action.delete']) {
        await visit.button(key).click();
        await dialog(key);
    }
});


web.scenario('the wizard', async (visit) => {
    const { t } = visit;
    const wizard = new Wizard(visit);
    const credentials = await web.credentials([linkedAccount(), linkedAccount()]);
    await furnish(visit);
    visit.allow('422 POST service-accounts/verify');

    await wizard.start();
    await wizard.provider();
    await check(visit, 'provider');
    await wizard.next();

    await wizard.step('credentials');
    await wizard.next();
    await check(visit, 'credentials that lack');
    await wizard.fill({ ...credentials, key: 'wrong' });
    await visit.button('verify.action').click();
    await seen(visit.part('problem'));
    await check(visit, 'credentials refused');
    await wizard.fill(credentials);
    await visit.button('verify.action').click();
    await seen(visit.part('verified'));
    await wizard.tab('json').click();
    await check(visit, 'credentials as JSON');
    await wizard.next();

    await wizard.base('');
    await visit.button('tags.add').click();
    await wizard.tag('value', 1).fill('x');
    await wizard.save();
    await seen(visit.text('fault.tag_key'));
    await check(visit, 'base information that lacks');
    await visit.button('tags.remove', { n: 1 }).click();
    await wizard.base('Alpha');
    await wizard.row('Data').click();
    await check(visit, 'base information');
    await wizard.save();
    await visit.at(t('success.title'));
    await check(visit, 'success');
});


web.scenario('what went wrong', async (visit) => {
    const { t } = visit;
    const { account } = await furnish(visit);
    await web.sandbox.setCredential({
        client: account.credentials.email, secret: 'another',
    });
    visit.allow('404 GET service-accounts/sa-000000000000');

    await visit.go();
    await visit.part('coverage').locator('summary').click();
    await seen(visit.part('coverage').getByText(t('why.wrong_key')));
    await check(visit, 'an account is missing');
    await visit.go('service-accounts/sa-000000000000');
    await check(visit, 'not found');
    await visit.go('providers');
    await visit.part('switch-hyperbilling_aws').click();
    await seen(visit.dialog);
    await check(visit, 'providers');
    await visit.button('providers.disable', {}, visit.dialog).click();
    await seen(visit.part('toasts').getByText(
        t('providers.disabled', { name: 'Hyper Billing' })));
    await check(visit, 'a toast');
});
