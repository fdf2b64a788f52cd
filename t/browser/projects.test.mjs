// Projects and groups: the tree and what can be done to it.

import { becomes, focused, gone, seen, startWeb } from '../lib/browser.mjs';
import { deepEqual, is } from '../lib/tap.mjs';


const web = await startWeb();

// What stands in the tree, from top to bottom.
const names = (visit) => visit.part('projects').locator('.node-name')
    .allTextContents();

const projectsOf = async (visit) => (await visit.api.get('projects')).body.projects;

// An action of the menu of a node.
async function act(visit, name, action) {
    await visit.button('projects.actions', { name }).click();
    await visit.page.getByRole('menuitem',
        { name: visit.t(action), exact: true }).click();
    await seen(visit.dialog);
}

const confirm = (visit, action) => visit.button(action, {}, visit.dialog).click();


web.scenario('groups and projects are created', async (visit) => {
    const { t } = visit;
    const input = visit.dialog.getByLabel(t('table.name'));

    await visit.go('projects');
    await seen(visit.part('no-projects').getByText(t('projects.none_text')));
    await visit.button('projects.new_group').click();
    await seen(visit.dialog.getByText(t('projects.on_top')));
    await confirm(visit, 'action.create');
    await seen(visit.dialog.getByText(t('fault.required')));
    await focused(input);
    await input.fill('사업부');
    await confirm(visit, 'action.create');
    await gone(visit.dialog);
    await seen(visit.part('toasts').getByText(t('projects.saved', { name: '사업부' })));

    await act(visit, '사업부', 'projects.new_group');
    await input.fill('Inner');
    await input.press('Enter');
    await gone(visit.dialog);
    await act(visit, 'Inner', 'projects.new_project');
    await seen(visit.dialog.getByText(t('projects.inside', { path: '사업부 / Inner' })));
    await input.fill('Shop');
    await confirm(visit, 'action.create');
    await gone(visit.dialog);
    await visit.button('projects.new_project').click();
    await input.fill('Alone');
    await confirm(visit, 'action.create');
    await becomes(() => names(visit), ['사업부', 'Inner', 'Shop', 'Alone']);

    const { body } = await visit.api.get('project-groups');
    const [outer, inner] = ['사업부', 'Inner'].map((name) =>
        body.project_groups.find((one) => one.name === name));
    is(inner.parent_id, outer.id);
    is((await projectsOf(visit)).find(({ name }) => name === 'Shop').group_id, inner.id);

    await visit.page.getByRole('link', { name: 'Shop' }).click();
    await visit.at('Shop');
});


web.scenario('a name that a neighbour has is refused', async (visit) => {
    const { t } = visit;
    const group = await visit.group('Group');
    await visit.project('Shop');
    await visit.project('Other', group);
    visit.allow('409 POST projects');
    const input = visit.dialog.getByLabel(t('table.name'));

    await visit.go('projects');
    await visit.button('projects.new_project').click();
    await input.fill('shop');
    await confirm(visit, 'action.create');
    await seen(visit.dialog.getByText(t('fault.duplicate')));
    await focused(input);

    /* with a letter of another script, which looks the same */
    await input.fill('Sh\u043ep');
    await confirm(visit, 'action.create');
    await seen(visit.dialog.getByText(t('fault.alike')));
    await focused(input);

    /* and with one that nobody can see: that is told before it is sent */
    await input.fill('Sho\u200bp');
    await confirm(visit, 'action.create');
    await seen(visit.dialog.getByText(t('fault.hidden')));
    await visit.button('action.cancel', {}, visit.dialog).click();

    /* in another group it is nobody's */
    await act(visit, 'Group', 'projects.new_project');
    await input.fill('Shop');
    await confirm(visit, 'action.create');
    await gone(visit.dialog);
    is((await projectsOf(visit)).length, 3);
});


web.scenario('projects and groups are renamed', async (visit) => {
    const { t } = visit;
    const group = await visit.group('Old group');
    await visit.project('Old project', group);
    const input = visit.dialog.getByLabel(t('table.name'));

    await visit.go('projects');
    for (const [old, name] of [['Old project', '새 프로젝트'],
        ['Old group', '새 그룹']]) {
        await act(visit, old, 'action.rename');
        await becomes(() => input.inputValue(), old);
        await input.fill(name);
        await confirm(visit, 'action.save');
        await gone(visit.dialog);
    }
    await becomes(() => names(visit), ['새 그룹', '새 프로젝트']);
    is((await projectsOf(visit))[0].name, '새 프로젝트');
});


web.scenario('projects and groups are moved', async (visit) => {
    const { t } = visit;
    const outer = await visit.group('Outer');
    const inner = await visit.group('Inner', outer);
    const other = await visit.group('Zone');
    await visit.project('Shop', inner);
    const place = visit.dialog.getByRole('combobox', { name: t('projects.target') });
    const choices = () => place.locator('option').allTextContents();

    await visit.go('projects');
    await act(visit, 'Shop', 'action.move');
    deepEqual(await choices(), [t('projects.top'), 'Outer', 'Outer / Inner', 'Zone']);
    await becomes(() => visit.button('projects.move_action', {}, visit.dialog).isDisabled(), true);
    await place.selectOption('Zone');
    await confirm(visit, 'projects.move_action');
    await gone(visit.dialog);
    await seen(visit.part('toasts').getByText(t('projects.moved', { name: 'Shop' })));
    is((await projectsOf(visit))[0].group_id, other.id);
    await becomes(() => names(visit), ['Outer', 'Inner', 'Zone', 'Shop']);

    /* never below itself */
    await act(visit, 'Outer', 'action.move');
    deepEqual(await choices(), [t('projects.top'), 'Zone']);
    await place.selectOption('Zone');
    await confirm(visit, 'projects.move_action');
    await gone(visit.dialog);
    await becomes(() => names(visit), ['Zone', 'Outer', 'Inner', 'Shop']);
    await act(visit, 'Shop', 'action.move');
    await place.selectOption(t('projects.top'));
    await confirm(visit, 'projects.move_action');
    await gone(visit.dialog);
    is((await projectsOf(visit))[0].group_id, null);
});


web.scenario('only what is empty is deleted', async (visit) => {
    const { t } = visit;
    const group = await visit.group('Group');
    const project = await visit.project('Shop', group);
    const account = await visit.account('Alpha', project);
    visit.allow(`409 DELETE projects/${project.id}`,
        `409 DELETE project-groups/${group.id}`);

    await visit.go('projects');
    for (const [name, text] of [['Shop', 'projects.project_full'],
        ['Group', 'projects.group_full']]) {
        await act(visit, name, 'action.delete');
        await seen(visit.dialog.getByText(t('projects.delete_text', { name })));
        await seen(visit.dialog.getByText(t(text)));
        await confirm(visit, 'action.delete');
        await seen(visit.dialog.getByRole('alert').getByText(t(text)));
        await visit.button('action.cancel', {}, visit.dialog).click();
        await gone(visit.dialog);
    }
    is((await projectsOf(visit)).length, 1);

    is((await visit.api.delete(`service-accounts/${account.id}`, account.version))
        .status, 204);
    for (const name of ['Shop', 'Group']) {
        await act(visit, name, 'action.delete');
        await confirm(visit, 'action.delete');
        await gone(visit.dialog);
        await seen(visit.part('toasts').getByText(t('projects.deleted', { name })));
    }
    await seen(visit.part('no-projects'));
    is((await projectsOf(visit)).length, 0);
});


web.scenario('a change by somebody else is not overwritten', async (visit) => {
    const { t } = visit;
    const project = await visit.project('Shop');
    visit.allow(`412 PATCH projects/${project.id}`);

    await visit.go('projects');
    await act(visit, 'Shop', 'action.rename');
    is((await visit.api.patch(`projects/${project.id}`, { name: 'Theirs' },
        project.version)).status, 200);
    await visit.dialog.getByLabel(t('table.name')).fill('Mine');
    await confirm(visit, 'action.save');
    await seen(visit.dialog.getByText(t('problem.precondition_failed')));
    is((await projectsOf(visit))[0].name, 'Theirs');
});


web.scenario('the tree is searched, which the address tells', async (visit) => {
    const { page, t } = visit;
    const group = await visit.group('쇼핑');
    await visit.project('결제', group);
    await visit.project('장바구니', group);
    await visit.project('Data');

    await visit.go('projects');
    await visit.field('projects.search').fill('결제');
    await becomes(() => names(visit), ['쇼핑', '결제']);
    is(visit.address, `projects?q=${encodeURIComponent('결제')}`);
    await page.reload();
    await becomes(() => names(visit), ['쇼핑', '결제']);
    await visit.field('projects.search').fill('쇼핑');
    await becomes(async () => (await names(visit)).length, 3);
    await visit.field('projects.search').fill('zzz');
    await seen(visit.text('picker.no_match'));
});


web.scenario('groups fold', async (visit) => {
    const group = await visit.group('Group');
    await visit.project('Shop', group);
    const fold = visit.page.getByRole('button', { name: 'Group', exact: true });

    await visit.go('projects');
    await becomes(() => fold.getAttribute('aria-expanded'), 'true');
    await fold.click();
    await becomes(() => names(visit), ['Group']);
    await fold.click();
    await becomes(() => names(visit), ['Group', 'Shop']);
});
