// Amounts of any length, in fonts of any width, with text spaced out as WCAG
// 1.4.12 asks for: none is cut, none runs into its neighbour.

import { becomes, seen, startWeb } from '../lib/browser.mjs';
import { deepEqual, is, like, ok } from '../lib/tap.mjs';


const web = await startWeb();

const FONTS = ['DejaVu Sans', 'NanumGothic', 'Liberation Sans'];
const WIDTHS = [320, 390, 768, 1024, 1440, 1920];
const SPACED = `* { letter-spacing: 0.12em !important; word-spacing: 0.16em !important;
    line-height: 1.5 !important }`;


// Two currencies, with the largest month of each about as large as it gets:
// 1e10 won, 1e8 dollars; and a credit.
async function large(visit) {
    const { body } = await visit.api.get('costs');
    const most = Math.max(...body.currencies[0].costs.map(Number));
    const times = (factor) => (text) => (Number(text) / most * factor).toFixed(2);
    const walk = (value, to) => typeof value === 'string'
        ? /^-?\d+\.\d+$/.test(value) ? to(value) : value
        : Array.isArray(value) ? value.map((one) => walk(one, to))
            : value === null || typeof value !== 'object' ? value
                : Object.fromEntries(Object.entries(value).map(([name, one]) =>
                    [name, name === 'key' ? one : walk(one, to)]));

    await visit.page.route(/\/api\/v1\/(costs|dashboard|projects\/[^/]+\/dashboard)(\?|$)/,
        async (route) => {
            const answer = await route.fetch();
            const json = await answer.json();
            const [usd] = json.currencies;

            json.currencies = usd === undefined ? [] : [
                { ...walk(usd, times(1.52e10)), currency: 'KRW' },
                walk(usd, times(1e8)),
            ];
            await route.fulfill({ response: answer, json });
        });
    await visit.page.route(/\/linked-accounts(\?|$)/, async (route) => {
        const answer = await route.fetch();
        const json = await answer.json();

        for (const one of json.linked_accounts) {
            one.cost = { KRW: '15200000000.00', USD: '-100000000.00' };
        }
        await route.fulfill({ response: answer, json });
    });
}


// Style sheets that are made by script are not of what the page's policy bars.
const dress = (page, css) => page.evaluate((text) => {
    const sheet = new CSSStyleSheet();

    sheet.replaceSync(text);
    document.adoptedStyleSheets = [sheet];
}, css);


// Amounts that are cut, that lie over each other, or out of the page.
const faults = (page) => page.evaluate(() => {
    const wide = document.documentElement.clientWidth;
    const seenOf = (one) => one.checkVisibility() && one.closest('.sr, [hidden]') === null;
    const all = [...document.querySelectorAll(
        'main data, main .tick text, main .value, main .axis, main .day-cost,'
        + ' main .figure-value')]
        .filter((one) => seenOf(one) && one.textContent !== '');
    const boxOf = (one) => {
        const range = document.createRange();

        range.selectNodeContents(one);
        return range.getBoundingClientRect();
    };
    const found = [];
    const boxes = [];

    for (const one of all) {
        const box = one instanceof SVGElement ? one.getBoundingClientRect() : boxOf(one);
        const scroll = one.closest('.table-scroll');
        const name = `${one.className.baseVal ?? one.className} "${one.textContent}"`;

        if (scroll !== null) {
            /* out of sight as a whole, or in sight as a whole */
            const edge = scroll.getBoundingClientRect();
            const names = one.closest('tr').querySelector('th').getBoundingClientRect();
            const sticks = getComputedStyle(one.closest('tr').querySelector('th'))
                .position === 'sticky';
            const left = sticks ? names.right : edge.left;
            if (box.right <= left + 1 || box.left >= edge.right - 1) {
                continue;
            }
            const blank = getComputedStyle(one).color === 'rgba(0, 0, 0, 0)';
            if (!blank && (box.left < left - 1 || box.right > edge.right + 1)) {
                found.push(`partly hidden ${name}`);
            }
        } else if (box.left < -1 || box.right > wide + 1) {
            found.push(`out of the page ${name}`);
        }
        for (let up = one; up !== null && up !== scroll; up = up.parentElement) {
            const style = getComputedStyle(up);
            if (style.overflowX !== 'visible' && !(up instanceof SVGElement)
                && up.clientWidth > 0
                && box.right > up.getBoundingClientRect().right + 1) {
                found.push(`cut ${name}`);
                break;
            }
        }
        if (one.matches('data, .value, .axis, .day-cost')) {
            boxes.push({ name, box, card: one.closest('.card, .figures') });
        }
    }
    for (const [at, one] of boxes.entries()) {
        for (const other of boxes.slice(at + 1)) {
            if (one.card === other.card
                && one.box.left < other.box.right - 1 && other.box.left < one.box.right - 1
                && one.box.top < other.box.bottom - 2 && other.box.top < one.box.bottom - 2) {
                found.push(`${one.name} over ${other.name}`);
            }
        }
    }
    /* what holds them does not get out of the page, either */
    for (const one of document.querySelectorAll('.card, .figures, .card .segmented,'
        + ' .section-head .segmented, .legend, .chart-read, .calendar')) {
        if (one.checkVisibility() && one.getBoundingClientRect().right > wide + 1) {
            found.push(`too wide ${one.className}`);
        }
    }
    return found.slice(0, 8);
});


web.scenario('amounts of any length are whole, in any font, spaced out or not',
    async (visit) => {
        const { page } = visit;
        const project = await visit.project('데이터 플랫폼');
        const account = await visit.account('운영 (서울)', project, 2);
        await visit.account('Analytics', project);
        await large(visit);

        for (const path of ['?split=service', `projects/${project.id}?by=day`,
            'costs?as=table', `service-accounts/${account.id}`]) {
            await visit.go(path);
            await seen(visit.part('trend'));
            for (const font of FONTS) {
                for (const spaced of ['', SPACED]) {
                    await dress(page, `* { font-family: "${font}" !important } ${spaced}`);
                    for (const width of WIDTHS) {
                        await page.setViewportSize({ width, height: 900 });
                        await visit.drawn();
                        await becomes(() => faults(page), [],
                            `${path} at ${width}, ${font}${spaced && ', spaced'}`);
                    }
                }
            }
        }
    }, { timeout: 400_000 });


web.scenario('what is out of sight in a table is told, and its sum says of when',
    async (visit) => {
        const { page } = visit;
        const project = await visit.project('Shop');
        await visit.account('Alpha', project, 2);
        await large(visit);
        const told = visit.part('out-of-sight').first();
        const hidden = () => visit.part('cost-table').first().evaluate((table) => {
            const names = table.querySelector('th').getBoundingClientRect().right;
            const { right } = table.parentElement.getBoundingClientRect();
            const dates = [...table.querySelectorAll('thead th')].slice(1, -1)
                .map((one) => one.getBoundingClientRect());

            return [dates.filter((one) => one.left < names - 1).length,
                dates.filter((one) => one.right > right + 1).length];
        });

        await visit.go(`projects/${project.id}`);
        for (const width of [1920, 1440, 1024, 768, 390, 320]) {
            await page.setViewportSize({ width, height: 900 });
            await visit.drawn();
            await becomes(async () => {
                const [older, newer] = await hidden();
                const text = await told.textContent();
                return text === (older > 0 ? visit.plural('table.hidden_older', older) : '')
                    + (newer > 0 ? visit.plural('table.hidden_newer', newer) : '');
            }, true, `at ${width}`);
        }
        ok((await hidden())[0] > 0);
        for (let at = 0; at < 12 && (await hidden())[0] > 0; at++) {
            await told.getByRole('button').first().click();
            await visit.drawn();
        }
        is((await hidden())[0], 0, 'the oldest can be seen');
        ok((await hidden())[1] > 0);

        const heads = await visit.part('cost-table').first().locator('thead th')
            .allTextContents();
        const range = await visit.part('sum-range').first().textContent();
        like(heads.at(-1), new RegExp(range));
        ok(range.includes(heads[1]), `${range} of ${heads}`);
        deepEqual(await visit.violations(), []);
    });
