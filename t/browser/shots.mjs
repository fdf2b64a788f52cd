#!/usr/bin/env node
// Screenshots to look at: every page and state at six widths, in both
// themes and languages, into build/shots/ as "dashboard-1440-light-en.png".
//
//     node t/browser/shots.mjs [--out DIR] [--only TEXT,TEXT] [--scene NAME,NAME]
//         [--lang en,ko]
//     node t/browser/shots.mjs --pictures DIR
//
// --only takes those whose name holds one of the texts, --scene those of a
// scene of shots/; --pictures writes the ones of the README instead.

import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { launch, openVisit, patient } from '../lib/browser.mjs';
import { startBilling } from '../lib/billing.mjs';
import { clouds, cloudsConf } from './shots/clouds.mjs';
import { crowd } from './shots/crowd.mjs';
import { dialogs } from './shots/dialogs.mjs';
import { faults, outage } from './shots/faults.mjs';
import { pages, paper } from './shots/pages.mjs';
import { pictures } from './shots/pictures.mjs';
import { first, wizard } from './shots/wizard.mjs';


const { values: options } = parseArgs({ options: {
    out: { type: 'string', default: 'build/shots' },
    only: { type: 'string', default: '' },
    scene: { type: 'string', default: '' },
    lang: { type: 'string', default: 'en,ko' },
    pictures: { type: 'string' },
} });

/* outage ends Redis: it has to be the last */
const SCENES = { first, pages, dialogs, wizard, faults, paper, clouds, crowd, outage };
const SIZES = [[1440, 900], [1024, 768], [768, 1024], [390, 844], [360, 740],
    [320, 640]];
const THEMES = ['light', 'dark'];
const MOST_HEIGHT = 3200;
const WAIT_MS = 60_000;

const cloudProviders = await cloudsConf();
const browser = await launch();
const web = await start('');
/* what it shows is soon old */
const brief = await start('billing_cache_valid current 1s; billing_cache_valid closed 1s;');

try {
    if (options.pictures) {
        await pictures(web, resolve(options.pictures));
    } else {
        mkdirSync(options.out, { recursive: true });
        for (const lang of options.lang.split(',')) {
            await all(lang);
        }
    }
} finally {
    await browser.close();
    await web.billing.stop();
    await brief.billing.stop();
    await cloudProviders.stop();
}


async function start(location) {
    const billing = await startBilling({
        sandbox: { child: true, seed: 7 },
        provider: 'timeout=60s',
        http: `${cloudProviders.conf} billing_lookup_limit 9000/month;`,
        location,
    });

    return { ...billing, billing, browser, root: billing.url };
}


async function all(lang) {
    const wanted = options.scene.split(',').filter(Boolean);

    for (const [name, scene] of Object.entries(SCENES)) {
        if (wanted.length > 0 && !wanted.includes(name)) {
            continue;
        }
        const where = ['faults', 'outage'].includes(name) ? brief : web;
        const visit = await openVisit(where, { lang, theme: 'light' });

        patient(visit.context, WAIT_MS);

        /* so many providers only where they are the subject */
        if (name !== 'clouds') {
            await Promise.all(cloudProviders.ids.map((id) =>
                visit.api.put(`providers/${id}`, { enabled: false })));
        }
        await scene({ visit, billing: where.billing, clouds: cloudProviders,
            shot: (what, settings) => shoot(visit, what, settings) });
        await visit.close();
    }
}


// Settings: window: only what is in sight, as for dialogs; busy: not to wait
// for the end of loading; sizes: other than the six.
async function shoot(visit, name, { window, busy, sizes = SIZES } = {}) {
    const { page } = visit;
    const here = page.viewportSize();

    for (const [width, height] of sizes) {
        for (const theme of THEMES) {
            const file = `${name}-${width}-${theme}-${visit.lang}.png`;

            if (!options.only.split(',').some((text) => file.includes(text))) {
                continue;
            }
            await page.setViewportSize({ width, height });
            await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
            await page.waitForFunction((wanted) =>
                document.documentElement.dataset.theme === wanted, theme);
            if (!busy) {
                await visit.settled();
            }
            await drawn(page);
            await newest(page);
            await page.screenshot({ path: join(options.out, file),
                ...!window && await whole(page, width) });
        }
    }
    await page.setViewportSize(here);
}


async function whole(page, width) {
    /* what sticks to the top would be in the middle of it */
    await page.evaluate(() => window.scrollTo(0, 0));
    const height = await page.evaluate(() => document.documentElement.scrollHeight);

    return { fullPage: true,
        clip: { x: 0, y: 0, width, height: Math.min(height, MOST_HEIGHT) } };
}


// A table that scrolls begins with its newest periods, in any width.
function newest(page) {
    return page.evaluate(() => document.querySelectorAll('.table-scroll:has(.costs)')
        .forEach((one) => one.scrollTo(one.scrollWidth, 0)));
}


function drawn(page) {
    return page.evaluate(async () => {
        await document.fonts.ready;
        await new Promise((resolve) => requestAnimationFrame(
            () => requestAnimationFrame(resolve)));
    });
}
