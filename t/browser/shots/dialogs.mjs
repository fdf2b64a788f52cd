// Dialogs, menus, messages at fields, questions.

import { seen } from '../../lib/browser.mjs';
import { furnish } from './company.mjs';


const WINDOW = { window: true };


export async function dialogs({ visit, shot }) {
    const things = await furnish(visit);

    await ofAccount(visit, shot, things);
    await ofAccounts(visit, shot);
    await ofProjects(visit, shot, things);
    await ofProviders(visit, shot);
    await ofRefresh(visit, shot);
    await ofSession(visit, shot, things);
}


async function ofAccount(visit, shot, { accounts }) {
    const { page, t } = visit;

    await visit.go(`service-accounts/${accounts[0].id}`);
    for (const [name, key] of [['edit', 'accounts.edit'], ['move', 'accounts.change_project'],
        ['replace', 'accounts.replace'], ['delete', 'action.delete']]) {
        await visit.button(key).click();
        await seen(visit.dialog);
        await shot(`account-${name}`, WINDOW);
        await page.keyboard.press('Escape');
    }

    await visit.button('accounts.edit').click();
    await visit.dialog.getByLabel(t('table.name')).fill('');
    await visit.button('tags.add', {}, visit.dialog).click();
    await visit.button('action.save', {}, visit.dialog).click();
    await shot('account-edit-faults', WINDOW);
    await page.keyboard.press('Escape');
    await seen(page.getByRole('dialog', { name: t('leave.title'), exact: true }));
    await shot('unsaved', WINDOW);
    await visit.button('leave.submit').click();

    await visit.button('action.delete').click();
    await visit.dialog.getByRole('textbox').fill('Another');
    await shot('account-delete-wrong', WINDOW);
    await page.keyboard.press('Escape');
}


async function ofAccounts(visit, shot) {
    const { page } = visit;

    await visit.go('service-accounts');
    for (const at of [1, 2, 3]) {
        await page.getByRole('checkbox').nth(at).check();
    }
    await shot('accounts-selected');
    await visit.button('accounts.change_project').click();
    await seen(visit.dialog);
    await visit.part('project-tree').getByRole('treeitem').first().click();
    await shot('bulk-move', WINDOW);
    await visit.field('picker.search', {}, visit.dialog).fill('zzz');
    await shot('picker-no-match', WINDOW);
    await page.keyboard.press('Escape');
}


async function ofProjects(visit, shot, { groups }) {
    const { page, t } = visit;

    await visit.go('projects');
    await visit.button('projects.new_project').first().click();
    await seen(visit.dialog);
    await shot('project-new', WINDOW);
    await visit.button('action.create', {}, visit.dialog).click();
    await seen(visit.dialog.getByText(t('fault.required')));
    await shot('project-new-faults', WINDOW);
    await page.keyboard.press('Escape');

    for (const [name, action] of [['menu', null], ['rename', 'action.rename'],
        ['move', 'action.move'], ['delete', 'action.delete']]) {
        await visit.button('projects.actions', { name: groups[0].name }).click();
        await seen(page.getByRole('menu'));
        if (action === null) {
            await shot(`group-${name}`, WINDOW);
            await page.keyboard.press('Escape');
            continue;
        }
        await page.getByRole('menuitem', { name: t(action) }).click();
        await seen(visit.dialog);
        await shot(`group-${name}`, WINDOW);
        await page.keyboard.press('Escape');
    }
}


async function ofProviders(visit, shot) {
    await visit.go('providers');
    await visit.part('switch-hyperbilling_aws').click();
    await seen(visit.dialog);
    await shot('provider-off', WINDOW);
    await visit.button('providers.disable', {}, visit.dialog).click();
    await seen(visit.part('toasts').locator('.toast'));
    await shot('toast', WINDOW);
    await visit.part('switch-hyperbilling_aws').click();
    await visit.page.locator('[data-testid=switch-hyperbilling_aws][aria-checked=true]')
        .waitFor();
}


async function ofRefresh(visit, shot) {
    await visit.go();
    await visit.button('refresh.action').click();
    await seen(visit.dialog);
    await shot('refresh', WINDOW);
    await visit.button('refresh.action', {}, visit.dialog).click();
    await seen(visit.page.getByRole('button',
        { name: new RegExp(`^${visit.t('refresh.busy')}`) }));
    await shot('refresh-busy', { ...WINDOW, busy: true });
    await seen(visit.part('toasts').locator('.toast'));
    await visit.button('refresh.action').click();
    await shot('refresh-wait', WINDOW);
}


async function ofSession(visit, shot, { accounts }) {
    const { t } = visit;

    await visit.go(`service-accounts/${accounts[0].id}`);
    await visit.button('accounts.edit').click();
    await visit.dialog.getByLabel(t('table.name')).fill('Renamed');
    await visit.become({ user: '' });
    await visit.button('action.save', {}, visit.dialog).click();
    await seen(visit.dialog.getByText(t('problem.unauthenticated')));
    await shot('signed-out-dialog', WINDOW);
    await visit.page.reload();
    await seen(visit.part('problem'));
    await shot('signed-out', { ...WINDOW, busy: true });
    await visit.become({ role: 'guest' });
    await visit.page.reload();
    await seen(visit.part('problem'));
    await shot('unknown-role', { ...WINDOW, busy: true });
}
