// Where the focus is when a dialog opens: whoever types at once types into its
// first field, and Enter destroys nothing.

import { becomes, focused, gone, seen, startWeb } from '../lib/browser.mjs';
import { deepEqual, is } from '../lib/tap.mjs';


const web = await startWeb();

const cancel = (visit) => visit.button('action.cancel', {}, visit.dialog);

// The stops of an open dialog: "close" is the last.
async function closesLast(visit) {
    const stops = await visit.dialog.locator(
        'button:not(:disabled), input, select, textarea, [tabindex="0"]')
        .evaluateAll((all) => all.map((one) => one.ariaLabel ?? one.textContent));
    is(stops.at(-1), visit.t('action.close'));
}

async function opens(visit, field) {
    await focused(field);
    await closesLast(visit);
    await visit.page.keyboard.press('Escape');
    await gone(visit.dialog);
}


web.scenario('dialogs of projects begin at their field', async (visit) => {
    const { page, t } = visit;
    const { keyboard } = page;
    await visit.group('Shop');
    await visit.project('Web');
    const name = visit.dialog.getByLabel(t('table.name'));
    const act = async (action) => {
        await visit.button('projects.actions', { name: 'Web' }).click();
        await page.getByRole('menuitem', { name: t(action), exact: true }).click();
        await seen(visit.dialog);
    };

    await visit.go('projects');
    for (const opener of ['projects.new_project', 'projects.new_group']) {
        await visit.button(opener).click();
        await opens(visit, name);
    }

    /* typed at once, and Enter: it is there */
    await visit.button('projects.new_project').click();
    await keyboard.type('Basket');
    await keyboard.press('Enter');
    await gone(visit.dialog);
    await seen(page.getByRole('link', { name: 'Basket' }));

    await act('action.rename');
    await focused(name);
    await keyboard.type('Webshop');
    is(await name.inputValue(), 'Webshop', 'what was there is selected');
    await keyboard.press('Escape');
    await gone(visit.dialog);
    await act('action.move');
    await opens(visit, visit.choice('projects.target', visit.dialog));

    await act('action.delete');
    await focused(cancel(visit));
    await closesLast(visit);
    await keyboard.press('Enter');
    await gone(visit.dialog);
    is((await visit.api.get('projects')).body.total, 2);
});


web.scenario('dialogs of an account begin at their field, or at Cancel',
    async (visit) => {
        const { page, t } = visit;
        const { keyboard } = page;
        const account = await visit.account('Alpha', await visit.project('Web'));

        await visit.go(`service-accounts/${account.id}`);
        await visit.button('accounts.edit').click();
        await opens(visit, visit.dialog.getByLabel(t('table.name')));
        await visit.button('accounts.change_project').click();
        await opens(visit, visit.dialog.getByRole('searchbox'));

        await visit.button('action.delete').click();
        await focused(cancel(visit));
        await closesLast(visit);
        await keyboard.press('Enter');
        await gone(visit.dialog);
        is((await visit.api.get('service-accounts')).body.total, 1);

        /* the question before input is lost, too: Enter goes back to it */
        await visit.button('accounts.edit').click();
        await keyboard.type('Beta');
        await keyboard.press('Escape');
        const question = page.getByRole('dialog',
            { name: t('leave.title'), exact: true });
        await seen(question);
        await focused(visit.button('action.cancel', {}, question));
        await keyboard.press('Enter');
        await gone(question);
        await becomes(() => visit.dialog.getByLabel(t('table.name')).inputValue(),
            'Beta');
    });


web.scenario('Enter in a search does not send the form around it', async (visit) => {
    const { page } = visit;
    const account = await visit.account('Alpha', await visit.project('Web'));

    await visit.go(`service-accounts/${account.id}`);
    await visit.button('accounts.change_project').click();
    await page.keyboard.type('We');
    await page.keyboard.press('Enter');
    await becomes(() => visit.part('project-tree').getByRole('treeitem')
        .locator('.tree-name').allTextContents(), ['Web']);
    await seen(visit.dialog);
});


web.scenario('questions begin at what changes nothing', async (visit) => {
    const { page } = visit;
    await visit.account('Alpha', await visit.project('Web'));

    await visit.go('providers');
    await visit.part('switch-hyperbilling_aws').click();
    await focused(cancel(visit));
    await closesLast(visit);
    await page.keyboard.press('Enter');
    await gone(visit.dialog);
    await becomes(() => visit.part('switch-hyperbilling_aws')
        .getAttribute('aria-checked'), 'true');

    await visit.go();
    await seen(visit.part('this-month'));
    await visit.button('refresh.action').click();
    await focused(cancel(visit));
    await page.keyboard.press('Enter');
    await gone(visit.dialog);
    deepEqual(visit.watched.failed, []);
});
