// For those who see less or otherwise: enlarged pages, the system's own
// colours, the small window of a telephone.

import { becomes, focusIsVisible, seen, startWeb } from '../lib/browser.mjs';
import { deepEqual, is, ok } from '../lib/tap.mjs';


const web = await startWeb();

const FORCED = { forcedColors: 'active' };
/* 1280 points at 200% */
const ENLARGED = { width: 640, height: 450, scale: 2 };
const PHONE = { width: 390, height: 844 };


async function furnish(visit) {
    const project = await visit.project('데이터 플랫폼', await visit.group('쇼핑 사업부'));

    await visit.account('운영서울', project, 2);
    await visit.account('Analytics', project);
    return project;
}


// The values of a property of all elements that the selector finds.
const styles = (visit, selector, property) => visit.page.locator(selector).evaluateAll(
    (all, name) => all.map((one) => getComputedStyle(one)[name]), property);

const different = (values) => new Set(values).size === values.length;


web.scenario('in forced colours shapes tell what colours told', async (visit) => {
    const { page } = visit;
    const project = await furnish(visit);
    const canvas = async () => (await styles(visit, 'body', 'backgroundColor'))[0];

    await visit.go();
    await seen(visit.part('chart').locator('path.bar').first());
    for (const fill of await styles(visit, '.period:not(.open) path.bar', 'fill')) {
        ok(fill !== await canvas());
    }
    ok(different(await styles(visit, '[data-testid=granularity] button',
        'backgroundColor')), 'the chosen one');
    await visit.part('chart').focus();
    await page.keyboard.press('ArrowLeft');
    await focusIsVisible(page);

    /* heat differs without its colour */
    const days = await visit.part('calendar-grid').locator('td[class*=heat-]')
        .evaluateAll((all) => all.map((cell) => [cell.className.match(/heat-\d/)[0],
            getComputedStyle(cell).backgroundSize]));
    const lines = new Map(days.filter(([level]) => level !== 'heat-0'));
    ok(lines.size > 1, 'days of several levels');
    ok(different([...lines.values()]), JSON.stringify([...lines]));

    await visit.go('?split=service');
    await becomes(async () => different(
        await styles(visit, '.period:first-of-type path', 'fill'))
        && await page.locator('path.series-2').count() > 0, true);
    deepEqual(await styles(visit, '.legend .swatch:not(.open)', 'backgroundColor'),
        await page.locator('.legend .swatch:not(.open)').evaluateAll((all) => all.map(
            (one) => getComputedStyle(document.querySelector(
                `.period path.${one.className.split(' ')[1]}`)).fill)));

    await visit.go(`projects/${project.id}`);
    await seen(visit.part('cost-table'));
    deepEqual(await visit.violations(), []);
    await visit.go('providers');
    await becomes(async () => different(await styles(visit,
        '[data-testid=switch-hyperbilling_aws] :is(.switch-track, .switch-track span)',
        'backgroundColor')), true, 'the switch');
}, FORCED);


// What stands partly outside of the window, or is cut off by what holds it.
const cut = (page) => page.evaluate(() => {
    const wide = document.documentElement.scrollWidth
        - document.documentElement.clientWidth;
    const short = [...document.querySelectorAll('button, h1, h2, h3, label, .figure-value')]
        .filter((one) => one.clientWidth > 1 && one.scrollWidth > one.clientWidth + 1)
        .map((one) => `${one.tagName}.${one.className}: ${one.textContent}`);

    return { wide, short };
});


web.scenario('enlarged twice nothing is cut, nothing scrolls sideways', async (visit) => {
    const { page, t } = visit;
    const project = await furnish(visit);

    for (const path of ['', '?by=day&split=service', `projects/${project.id}`, 'projects',
        'service-accounts', 'providers', 'service-accounts/new', 'no/page']) {
        await visit.go(path);
        deepEqual(await cut(page), { wide: 0, short: [] }, path);
    }

    /* a dialog is higher than the window: its buttons can be reached */
    await visit.go('service-accounts');
    await page.getByRole('link', { name: 'Analytics' }).click();
    await visit.at('Analytics');
    await visit.button('accounts.replace').click();
    const save = visit.button('action.save', {}, visit.dialog);
    await save.scrollIntoViewIfNeeded();
    const { y, height } = await save.boundingBox();
    ok(y >= 0 && y + height <= ENLARGED.height, `at ${y}`);
    await visit.button('action.cancel', {}, visit.dialog).click();
    is(await visit.button('action.save').count(), 0, t('action.save'));
}, ENLARGED);


// Amounts in the cost table of which only a part is in sight.
const parts = (visit) => visit.part('cost-table')
    .locator('tbody .money, tfoot .money').evaluateAll((all) => all.map((one) => {
        const row = one.closest('tr').querySelector('th').getBoundingClientRect();
        const { right } = one.closest('.table-scroll').getBoundingClientRect();
        const text = one.getBoundingClientRect();
        const hidden = text.right <= row.right || text.left >= right;

        return hidden || text.left >= row.right && text.right <= right
            ? null : `${one.textContent}: ${text.left} ${text.right}`;
    }).filter((one) => one !== null));


web.scenario('amounts are whole, however long they are', async (visit) => {
    const { page } = visit;
    const project = await furnish(visit);
    let digits = '';

    await page.route('**/api/v1/costs?*', async (route) => {
        const answer = await route.fetch();
        const text = (await answer.text()).replace(/"(\d+\.\d+)"/g, `"${digits}$1"`);

        await route.fulfill({ response: answer, body: text });
    });
    for (digits of ['', '78', '7890', '789012']) {
        await page.setViewportSize({ width: 1280, height: 900 });
        await visit.go(`projects/${project.id}`);
        await seen(visit.part('cost-table'));
        for (const width of [1280, 1100, 1000, 800, 600, 400]) {
            await page.setViewportSize({ width, height: 900 });
            await visit.drawn();
            await becomes(() => parts(visit), [], `${digits} at ${width}`);
        }
    }
});


web.scenario('names of periods keep apart at every width', async (visit) => {
    const { page } = visit;
    await furnish(visit);

    for (const path of ['', '?by=day']) {
        await visit.go(path);
        for (let width = 1280; width >= 320; width -= 80) {
            await page.setViewportSize({ width, height: 900 });
            await visit.drawn();
            await becomes(() => visit.part('trend').locator('.axis').evaluateAll(
                (all) => {
                    const boxes = all.filter((one) => one.tagName === 'text')
                        .map((one) => one.getBoundingClientRect())
                        .sort((a, b) => a.left - b.left);

                    return [boxes.length > 3, boxes.filter((box, at) => at > 0
                        && box.top < boxes[at - 1].bottom
                        && box.bottom > boxes[at - 1].top
                        && box.left < boxes[at - 1].right + 2).length];
                }), [true, 0], `${path} at ${width}`);
        }
    }
});


web.scenario('on a telephone amounts and names are whole', async (visit) => {
    const { page } = visit;
    const project = await furnish(visit);

    await visit.go(`projects/${project.id}`);
    await seen(visit.part('cost-table'));
    deepEqual(await parts(visit), []);

    deepEqual(await visit.part('project-accounts').locator('tbody th a').evaluateAll(
        (all) => all.map((one) => one.getClientRects().length)), [1, 1]);
    deepEqual(await cut(page), { wide: 0, short: [] });
}, PHONE);


web.scenario('the rules hold where there is nothing to see', async (visit) => {
    const { page, t } = visit;
    const check = async (what) => {
        for (const colorScheme of ['light', 'dark']) {
            await page.emulateMedia({ colorScheme });
            await becomes(() => page.evaluate(() =>
                document.documentElement.dataset.theme), colorScheme);
            await visit.drawn();
            deepEqual(await visit.violations(), [], `${what}, ${colorScheme}`);
        }
    };
    visit.allow('401 GET session', '401 GET projects', '401 GET project-groups',
        '401 GET service-accounts', '401 GET providers', '401 GET costs');
    await visit.account('Alpha', await visit.project('Shop'));

    /* figures that do not come */
    await page.route('**/api/v1/dashboard*', () => undefined);
    await page.goto(web.root);
    await seen(page.locator('.skeleton'));
    await visit.part('loading').waitFor({ state: 'attached' });
    await check('loading');

    await visit.become({ user: '' });
    await visit.link('nav.projects').click();
    await seen(visit.part('signed-out'));
    await check('signed out in the middle');
    await page.goto(web.root);
    await seen(visit.part('problem').getByText(t('problem.unauthenticated')));
    await check('signed out');

    await visit.become({ role: 'member' });
    await page.goto(`${web.root}service-accounts/new`);
    await seen(page.getByText(t('problem.forbidden')));
    await check('not allowed');
});


web.scenario('with less motion wanted, nothing moves', async (visit) => {
    const { page } = visit;
    await furnish(visit);

    /* figures on their way: what else would pulse and turn */
    await page.route('**/api/v1/dashboard*', () => undefined);
    await page.goto(web.root);
    await seen(page.locator('.skeleton'));
    is(await page.evaluate(() => document.getAnimations().length), 0);
    await page.unroute('**/api/v1/dashboard*');
    await visit.go('providers');

    /* the other theme is there at once, down to the last element */
    const { seen: colours, moving } = await page.evaluate(() => {
        const inner = document.querySelector('.switch > span:last-child');

        return {
            seen: ['light', 'dark', 'light'].map((theme) => {
                document.documentElement.dataset.theme = theme;
                return getComputedStyle(inner).color;
            }),
            moving: document.getAnimations().length,
        };
    });
    is(moving, 0);
    is(new Set(colours).size, 2, colours.join());
    is(colours[0], colours[2]);
});
