// What the tests of costs and dashboards share: a system that ends with the
// tests, accounts in it, and what an answer says.

import { startBilling } from './billing.mjs';
import { after } from './tap.mjs';


// Options are those of startBilling(), and level and allow of startNginx().
// The access log "billing.log" has the module's variables.
export async function startWorld({ level, allow, ...options } = {}) {
    const billing = await startBilling({
        ...options,
        nginx: { level, allow, ...options.nginx },
        sandbox: { child: true, seed: 7, ...options.sandbox },
        http: `
            log_format billing '$request $status $billing_cache_status '
                               '$billing_upstream_calls';
            access_log billing.log billing;
            ${options.http ?? ''}`,
    });
    after(() => billing.stop());

    const admin = billing.client();
    const call = async (...args) => shaped(await admin.call(...args));

    return {
        ...billing,
        admin,

        // { status, headers, text, json, cache } of an answer
        call,
        get: (path, headers) => call('GET', path, undefined, headers),

        createGroup: (name, parent_id = null) =>
            admin.create('project-groups', { name, parent_id }),
        createProject: (name, group_id = null) =>
            admin.create('projects', { name, group_id }),

        // credential is { client, secret }; account a linked account of it,
        // or "all"
        createAccount: (name, project_id, credential, account = 'all') =>
            admin.create('service-accounts', {
                name,
                project_id,
                provider: 'hyperbilling_aws',
                credentials: {
                    account, email: credential.client, key: credential.secret,
                },
            }),

        // how often the provider was asked for costs
        billingCalls: async () =>
            (await billing.sandbox.counters()).by_path['/v1/search/billing']
                ?? 0,
    };
}


function shaped({ status, headers, text, body }) {
    return {
        status, headers, text, json: body, cache: headers['x-billing-cache'],
    };
}
