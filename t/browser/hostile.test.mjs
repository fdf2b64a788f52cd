// Names and tags that want to be more than text.

import { linkedAccount } from '../lib/billing.mjs';
import { becomes, seen, startWeb } from '../lib/browser.mjs';
import { deepEqual, is } from '../lib/tap.mjs';
import { Wizard } from '../lib/wizard.mjs';


const web = await startWeb();

const IMAGE = '<img src=x onerror=alert(1)>';
const SCRIPT = '"><script>alert(2)</script>';
const FRAME = "'><iframe src=javascript:alert(3)>";
const VALUE = '</title><svg onload=alert(4)>{{7*7}}${7*7}';


web.scenario('names and tags are text, wherever they are shown', async (visit) => {
    const { page } = visit;
    const dialogs = [];
    page.on('dialog', (dialog) => {
        dialogs.push(dialog.message());
        return dialog.dismiss();
    });

    const group = await visit.group(FRAME);
    const project = await visit.project(SCRIPT, group);
    const account = await visit.account(IMAGE, project, 1,
        { tags: { team: VALUE } });

    // nothing of theirs has become an element
    const clean = async () => is(await page.locator('img[src=x], iframe, '
        + 'svg[onload], script:not([src])').count(), 0, page.url());

    await visit.go();
    await seen(visit.part('by-account').getByText(IMAGE));
    await seen(visit.part('by-project').getByText(SCRIPT));
    await clean();

    await visit.go('projects');
    await seen(page.getByText(FRAME));
    await clean();
    await visit.go(`projects/${project.id}`);
    await visit.at(SCRIPT);
    await clean();

    await visit.go('service-accounts');
    await page.getByRole('searchbox').fill(IMAGE);
    await becomes(() => visit.part('account-table').locator('tbody th a')
        .allTextContents(), [IMAGE]);
    await clean();
    await visit.go(`service-accounts/${account.id}`);
    await visit.at(IMAGE);
    await seen(page.getByText(VALUE));
    await visit.button('action.delete').click();
    await seen(visit.dialog.getByText(IMAGE).first());
    await clean();
    await page.keyboard.press('Escape');

    const wizard = new Wizard(visit);
    await wizard.upToProject(FRAME, await web.credentials([linkedAccount()]));
    await visit.field('picker.search').fill(SCRIPT);
    await becomes(() => visit.part('project-tree').getByRole('treeitem')
        .allTextContents(), [FRAME, SCRIPT]);
    await wizard.row(SCRIPT).click();
    await clean();
    deepEqual(dialogs, []);
});
