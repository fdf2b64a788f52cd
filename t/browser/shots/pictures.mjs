// The pictures of the README.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { openVisit, seen } from '../../lib/browser.mjs';
import { furnish } from './company.mjs';


const WIDTH = 1280;


// Writes dashboard.png and project.png into the folder.
export async function pictures(web, folder) {
    const visit = await openVisit(web, { lang: 'en', theme: 'light', width: WIDTH });

    mkdirSync(folder, { recursive: true });
    const { projects } = await furnish(visit);

    await visit.go();
    await seen(visit.part('this-month'));
    await take(visit, join(folder, 'dashboard.png'), visit.part('by-service'));
    await visit.go(`projects/${projects[0].id}?by=day`);
    await seen(visit.part('cost-table'));
    await take(visit, join(folder, 'project.png'), visit.part('cost-table'));
    await visit.close();
}


// From the top down to the end of this part.
async function take({ page }, path, last) {
    const { y, height } = await last.boundingBox();

    await page.screenshot({ path, fullPage: true,
        clip: { x: 0, y: 0, width: WIDTH, height: Math.ceil(y + height) + 4 } });
}
