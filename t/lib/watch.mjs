// What a browser context does behind the page: requests to other places,
// answers that fail, errors in the console, violations of the content
// security policy.

import { until } from './until.mjs';


// Starts to record.  Everything has to stay below root ("http://host/path/").
//
// Returns { failed, check(allowed) }.  failed holds answers from 400 on as
// "409 POST projects", relative to the API, without the query, and requests
// without an answer as "lost GET dashboard".  check() throws for what should
// not have happened; allowed are texts or patterns of what is failed, each of
// which must come.
export async function watch(context, root) {
    const failed = [];
    const strangers = [];
    const errors = [];

    context.on('request', (request) => {
        /* the folder without its slash leads into it */
        const url = request.url();
        if (!`${url}/`.startsWith(root) && !isLocal(url)) {
            strangers.push(url);
        }
    });
    context.on('response', (response) => {
        if (response.status() >= 400) {
            failed.push(shown(response.status(), response.request(), root));
        }
    });
    context.on('requestfailed', (request) => {
        /* nobody waits any more for what a page has called off */
        if (request.failure().errorText !== 'net::ERR_ABORTED') {
            failed.push(shown('lost', request, root));
        }
    });
    context.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())
            && !isNoise(message.text())) {
            errors.push(message.text());
        }
    });
    context.on('weberror', (error) => errors.push(error.error().stack));

    /* reports would go to a server: the event tells the same here */
    await context.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', (event) => {
            console.error(`policy: ${event.violatedDirective} `
                + `${event.blockedURI} ${event.sample}`);
        });
    });

    return { failed, check: (allowed) => check(allowed) };

    async function check(allowed = []) {
        const missing = () => allowed.filter((pattern) =>
            !failed.some((one) => fits(pattern, one)));

        /* the page may have shown one answer before another came */
        await until(() => missing().length === 0, 'answers').catch(() => {});
        const unexpected = failed.filter((one) =>
            !allowed.some((pattern) => fits(pattern, one)));

        report('requests to other places', strangers);
        report('errors in the console', errors);
        report('answers that failed', unexpected);
        report('answers that should have failed', missing());
    }
}


function report(what, list) {
    if (list.length > 0) {
        throw new Error(`${what}:\n${list.join('\n')}`);
    }
}


function fits(pattern, text) {
    return typeof pattern === 'string' ? pattern === text : pattern.test(text);
}


/* never on the wire */
function isLocal(url) {
    return /^(data|blob|about):/.test(url);
}


/* said of everything in failed: that is checked one by one */
function isNoise(text) {
    return text.startsWith('Failed to load resource: ');
}


function shown(what, request, root) {
    const path = request.url().replace(root, '').replace(/\?.*/s, '')
        .replace(/^api\/v1\//, '');

    return `${what} ${request.method()} ${path}`;
}
