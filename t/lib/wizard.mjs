// The wizard as a user goes through it.
//
//     const wizard = new Wizard(visit);
//     await wizard.start();
//     await wizard.provider();
//     await wizard.base('Alpha');
//     await wizard.credentials(await visit.web.credentials(linked));
//     await wizard.project('Web');
//     await wizard.save();

import { seen } from './browser.mjs';


export class Wizard {
    constructor(visit) {
        this.visit = visit;
        this.page = visit.page;
    }

    async start() {
        await this.visit.go('service-accounts/new');
        await this.visit.at(this.visit.t('wizard.title'));
    }

    // Waits for a step: "provider", "base", "credentials" or "project".
    step(name) {
        return seen(this.visit.part(`step-${name}`));
    }

    next() {
        return this.visit.button('wizard.next').click();
    }

    get name() {
        return this.visit.field('wizard.name');
    }

    credential(name) {
        return this.visit.field(`credential.${name}`);
    }

    get json() {
        return this.visit.field('credentials.json_label');
    }

    tab(name) {
        return this.page.getByRole('tab',
            { name: this.visit.t(`credentials.${name}`), exact: true });
    }

    tag(part, place) {
        return this.visit.field(`tags.${part}`, { n: place });
    }

    row(name) {
        return this.visit.part('project-tree').getByRole('treeitem')
            .filter({ hasText: name });
    }

    async provider() {
        await this.step('provider');
        await this.page.getByRole('radio', { name: 'Hyper Billing' }).check();
        await this.next();
    }

    async base(name) {
        await this.step('base');
        await this.name.fill(name);
        await this.next();
    }

    async fill(credentials) {
        for (const [name, value] of Object.entries(credentials)) {
            await this.credential(name).fill(value);
        }
    }

    async credentials(credentials) {
        await this.step('credentials');
        await this.fill(credentials);
        await this.next();
    }

    async project(name) {
        await this.step('project');
        await this.row(name).click();
    }

    save() {
        return this.visit.button('wizard.save').click();
    }

    // Up to the last step, with everything but the project.
    async upToProject(name, credentials) {
        await this.start();
        await this.provider();
        await this.base(name);
        await this.credentials(credentials);
        await this.step('project');
    }
}
