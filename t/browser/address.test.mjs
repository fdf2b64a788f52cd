// What a page shows is in its address: a reload, a link, the way back and
// the way forward lead to the same.

import { becomes, seen, startWeb } from '../lib/browser.mjs';
import { is, until } from '../lib/tap.mjs';


const web = await startWeb();


// What the page has asked for, and got no answer to yet.
const asked = new WeakMap();

function watch({ page }) {
    const open = new Set();

    asked.set(page, open);
    page.on('request', (request) => open.add(request));
    for (const end of ['requestfinished', 'requestfailed']) {
        page.on(end, (request) => open.delete(request));
    }
}


// What is seen of the page, and what is chosen in it, once all of it is there:
// a choice is in the address before the page begins to ask for it.
async function looks(visit) {
    await visit.drawn();
    await until(() => asked.get(visit.page).size === 0, 'all answers');
    await visit.drawn();
    await visit.settled();
    /* amounts of a list come after the list, and may ask anew meanwhile */
    await visit.page.waitForFunction(
        () => document.querySelector('main .cost-wait') === null);
    return visit.page.evaluate(() => {
        const chosen = [...document.querySelectorAll('main select, main input')]
            .map((one) => one.type === 'checkbox' ? one.checked : one.value);
        const pressed = [...document.querySelectorAll(
            'main [aria-checked=true], main [aria-pressed=true]')]
            .map((one) => one.textContent);

        const main = document.querySelector('main').cloneNode(true);

        /* what changes by itself: how old figures are */
        main.querySelectorAll('.lead, time').forEach((one) => one.remove());
        return JSON.stringify([document.title, chosen, pressed, main.textContent]);
    });
}


const monthBefore = (months) => {
    const now = new Date();

    return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1))
        .toISOString().slice(0, 7);
};

const dayBefore = (days) =>
    new Date(Date.now() - 86_400_000 * days).toISOString().slice(0, 10);


web.scenario('each state of each page is in its address', async (visit) => {
    const { page } = visit;
    watch(visit);
    const shop = await visit.project('Shop', await visit.group('Stores'));
    const { id } = await visit.account('Alpha', shop, 2);
    await visit.account('Beta', await visit.project('Data'));
    const month = monthBefore(2);
    const states = ['', '?by=day&as=table', `?split=project&basis=last&month=${month}`,
        `projects/${shop.id}?by=day&end=${dayBefore(9)}`,
        `projects/${shop.id}?end=${monthBefore(6)}`,
        'costs?group=region', 'costs?service=AmazonEC2&region=us-east-1',
        'projects?q=sho', 'service-accounts?q=Beta',
        `service-accounts?project=${shop.id}&provider=hyperbilling_aws`,
        `service-accounts/${id}?by=day`, 'service-accounts/new'];
    const shown = new Map();

    /* once for the cold lookups; then what stays */
    for (const state of [...states.slice(2, 5), 'costs']) {
        await visit.go(state);
    }
    for (const state of states) {
        await page.goto(`${web.root}${state}`);
        shown.set(state, await looks(visit));
        is(visit.address, state);
    }
    is(new Set(shown.values()).size, states.length, 'each shows something else');

    for (const state of [...states].reverse().slice(1)) {
        await page.goBack();
        await becomes(() => visit.address, state);
        await becomes(() => looks(visit), shown.get(state), `back to ${state}`);
    }
}, { timeout: 240_000 });


web.scenario('back and forward go through what has been chosen', async (visit) => {
    const { page, t } = visit;
    watch(visit);
    const { id } = await visit.project('Shop');
    await visit.account('Alpha', { id });
    const steps = [];
    const step = async (act, address) => {
        await act();
        await becomes(() => visit.address, address);
        steps.push([address, await looks(visit)]);
    };

    await visit.go();
    await seen(visit.part('this-month'));
    await step(() => undefined, '');
    await step(() => visit.part('granularity').getByRole('radio',
        { name: t('trend.day') }).click(), '?by=day');
    await step(() => visit.button('trend.table').click(), '?by=day&as=table');
    await step(() => visit.choice('trend.split').selectOption('service'),
        '?by=day&as=table&split=service');
    await step(() => visit.part('basis').getByRole('radio',
        { name: t('basis.last') }).click(), '?by=day&as=table&split=service&basis=last');
    await step(() => visit.button('calendar.older').click(),
        `?by=day&as=table&split=service&basis=last&month=${monthBefore(1)}`);
    await step(() => visit.part('by-project').getByRole('link', { name: 'Shop', exact: true }).click(),
        `projects/${id}?by=day&split=service&month=${monthBefore(1)}`);
    await step(() => visit.button('table.older').click(),
        `projects/${id}?by=day&split=service&month=${monthBefore(1)}&end=${dayBefore(6)}`);

    for (const [address, shown] of steps.slice(0, -1).reverse()) {
        await page.goBack();
        await becomes(() => visit.address, address);
        await becomes(() => looks(visit), shown, `back to ${address}`);
    }
    for (const [address, shown] of steps.slice(1)) {
        await page.goForward();
        await becomes(() => visit.address, address);
        await becomes(() => looks(visit), shown, `forward to ${address}`);
    }
}, { timeout: 240_000 });
