// billing_metrics: what Prometheus reads, over all workers and reloads.

import { linkedAccount } from '../lib/billing.mjs';
import { parseMetrics } from '../lib/metrics.mjs';
import { deepEqual, is, like, ok, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const world = await startWorld({
    workers: 2, keepAlive: false, provider: 'timeout=8s',
    level: 'notice', allow: [/exited on signal 9/], zone: 'billing:256k',
    server: `
        location = /metrics { billing_metrics on; allow 127.0.0.1; deny all; }
        location = /closed { billing_metrics on; deny all; }
        location = /off { billing_metrics off; return 204; }`,
});
const { admin, nginx, sandbox, redis } = world;
const project = await world.createProject('Project "of" \\ mine');

const scrape = async () => (await admin.call('GET', '/metrics')).text;
const read = async () => parseMetrics(await scrape());
// how far a number goes up; what a request counts is there when it has ended
async function counts(key, by, fn) {
    const before = (await read()).get(key) ?? 0;

    await fn();
    await until(async () => ((await read()).get(key) ?? 0) >= before + by,
        `${key} to be ${before + by}`);
    is((await read()).get(key), before + by, key);
}
const requests = (method, endpoint, status) => 'billing_requests_total'
    + `{method="${method}",endpoint="${endpoint}",status="${status}"}`;
const answers = (cache) => `billing_answers_total{cache="${cache}"}`;
const calls = (result, provider = 'hyperbilling_aws') =>
    `billing_provider_calls_total{provider="${provider}",result="${result}"}`;


test('it is the text format, of its type, and nobody else\'s', async () => {
    const answer = await admin.call('GET', '/metrics');

    is(answer.status, 200);
    is(answer.headers['content-type'],
        'text/plain; version=0.0.4; charset=utf-8');
    is(Number(answer.headers['content-length']), answer.text.length);
    ok(parseMetrics(answer.text).size > 30);

    const head = await admin.call('HEAD', '/metrics');
    is(head.status, 200);
    is(head.text, '');
    is((await admin.call('POST', '/metrics', '{}')).status, 405);
    is((await admin.call('GET', '/closed')).status, 403);
    is((await admin.call('GET', '/off')).status, 204);
});


test('requests, by endpoint and class of status', async () => {
    await counts(requests('GET', 'projects', '2xx'), 3, async () => {
        for (let i = 0; i < 3; i++) {
            await admin.get('projects');
        }
    });
    await counts(requests('GET', 'projects/{id}', '2xx'), 1,
        () => admin.get(`projects/${project.id}`));
    await counts(requests('GET', 'projects/{id}', '4xx'), 1,
        () => admin.get('projects/project-ffffffffffff'));
    await counts(requests('POST', 'projects', '4xx'), 1,
        () => admin.post('projects', {}));
    await counts(requests('GET', 'projects', '2xx'), 1,
        () => admin.call('HEAD', 'projects'));
    await counts(requests('any', 'none', '4xx'), 2, async () => {
        await admin.get('nothing/of/the/kind');
        await admin.call('DELETE', 'costs');
    });
    await counts(requests('any', 'pages', '2xx'), 1,
        () => admin.call('GET', '/billing/', undefined,
            { accept: 'text/html' }));
});


test('figures: what they were made of, how long it took', async () => {
    const linked = linkedAccount();
    await sandbox.setCredential({ client: 'm', secret: 's', linked: [linked] });

    await counts(calls('ok'), 1, () => world.createAccount(
        'Account', project.id, { client: 'm', secret: 's' }));
    await counts(answers('MISS'), 1, () => admin.get('costs'));
    await counts(answers('HIT'), 2, async () => {
        await admin.get('costs');
        await admin.get('costs');
    });
    await counts('billing_lookup_seconds_count{}', 1, () => admin.get('costs'));
    await counts(answers('BYPASS'), 1, () => admin.get('costs?refresh=true'));
    ok((await read()).get(calls('ok')) >= 3);
    ok((await read()).get('billing_zone_kept_total{}') >= 1);
});


test('what providers do, and what is refused', async () => {
    const verify = (key) => admin.post('service-accounts/verify', {
        provider: 'hyperbilling_aws',
        credentials: { account: 'all', email: 'm', key },
    });

    await counts('billing_verifications_refused_total{}', 1,
        () => verify('wrong'));
    await counts(calls('rejected'), 1, () => verify('wrong'));

    await sandbox.fault({ status: 500 });
    await counts(calls('unavailable'), 1, () => verify('s'));
    await sandbox.clearFaults();

    await sandbox.fault({ hang: true });
    const hanging = verify('s');
    await until(async () =>
        (await read()).get('billing_provider_calls_in_flight{}') === 1, 'a call');
    await sandbox.clearFaults();
    await hanging;
    await until(async () =>
        (await read()).get('billing_provider_calls_in_flight{}') === 0, 'none');
});


test('a host that is held back, until it answers', async () => {
    const before = (await read()).get('billing_breaker_opened_total{}');

    await sandbox.fault({ status: 500 });
    await until(async () => {
        await admin.get('costs?refresh=true');
        return (await read()).get('billing_breaker_opened_total{}') > before;
    }, 'a breaker', 60_000);
    ok((await read()).get('billing_breakers_open{}') > 0);

    await sandbox.clearFaults();
    await until(async () => {
        await admin.get('costs?refresh=true');
        return (await read()).get('billing_breakers_open{}') === 0;
    }, 'none', 60_000);
}, { timeout: 120_000 });


test('Redis: connections come and go', async () => {
    const up = (await read()).get('billing_redis_connections{}');
    const { connects, failures } = await numbers();

    async function numbers() {
        const all = await read();
        return { connects: all.get('billing_redis_connects_total{}'),
            failures: all.get('billing_redis_failures_total{}') };
    }

    ok(up >= 2, `${up} connections`);
    ok((await read()).get('billing_redis_commands_total{}') > 10);

    await redis.cli('client', 'kill', 'type', 'normal', 'skipme', 'yes');
    await redis.cli('client', 'kill', 'type', 'pubsub');
    await until(async () => {
        await admin.get('projects');
        const now = await numbers();
        return now.connects > connects
            && (await read()).get('billing_redis_connections{}') >= up;
    }, 'them to be back');
    ok((await numbers()).failures >= failures);
});


test('the zone: room, and who had to go', async () => {
    const before = await read();
    is(before.get('billing_zone_bytes{}'), 256 * 1024);
    ok(before.get('billing_zone_free_bytes{}') < 256 * 1024);

    await until(async () => {
        for (let i = 0; i < 20; i++) {
            await admin.get(
                `dashboard?currency=${'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[i]}AA`);
            await admin.get(`costs?limit=${1 + Math.floor(Math.random() * 999)}`
                + '&granularity=DAILY&group_by=service,region');
        }
        return (await read()).get('billing_zone_evicted_total{}') > 0;
    }, 'one to go', 60_000);
}, { timeout: 120_000 });


test('a reload keeps what was counted; a worker takes what it does along',
    async () => {
        const before = await read();

        is(before.get('billing_workers{}'), 2);
        const pids = await nginx.reload();
        await nginx.gone(pids);
        const after = await read();

        for (const [key, value] of before) {
            if (/_total|_count|_bucket/.test(key)) {
                ok((after.get(key) ?? 0) >= value, `${key} ${value}`);
            }
        }

        process.kill(nginx.workers()[0], 'SIGKILL');
        await until(async () => nginx.workers().length === 2
            && (await read()).get('billing_workers{}') === 2, 'another one');
        is((await read()).get('billing_provider_calls_in_flight{}'), 0);
    });


test('labels are of closed sets, and nothing of anybody is in it', async () => {
    const text = await scrape();
    const values = (label) => [...new Set([...text.matchAll(
        new RegExp(`${label}="([^"]*)"`, 'g'))].map(([, value]) => value))];

    deepEqual(values('status').filter((one) => !/^[1-5]xx$/.test(one)), []);
    deepEqual(values('endpoint').filter((one) =>
        !/^[a-z-]+(\/(\{id\}|[a-z-]+)){0,2}$|^openapi.json$/.test(one)), []);
    for (const secret of [project.id, 'Project', 'admin', 'default',
        '127.0.0.1', 'wrong']) {
        ok(!text.includes(secret), secret);
    }
    like(text, /^# HELP billing_requests_total /);
});
