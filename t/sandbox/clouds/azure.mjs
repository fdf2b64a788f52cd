// A stand-in for Microsoft Entra's token endpoint and Azure Cost Management's
// query API, both at one address.

import { createHash, randomBytes } from 'node:crypto';

import { monthOf, parseDay } from '../calendar.mjs';
import { formatNumber } from '../decimal.mjs';
import { json, jsonHeaders } from '../send.mjs';
import { Cloud } from './cloud.mjs';
import { undocumented } from './documented.mjs';
import { differs, list, optional } from './shape.mjs';


const QUERY = /^\/(.+)\/providers\/Microsoft\.CostManagement\/query\?(.+)$/;
const VERSION = '2023-11-01';
const DAYS = 31;
const MONTHS = 12;

const names = {
    regions: {
        APN2: 'koreacentral', APN1: 'japaneast', USE1: 'eastus',
        USW2: 'westus2', EU: 'northeurope', EUC1: 'germanywestcentral',
        APS1: 'southeastasia', UGW1: 'global', '': '',
    },
    services: ['Virtual Machines', 'Storage', 'SQL Database',
        'Azure Kubernetes Service', 'Bandwidth', 'Azure Monitor',
        'Azure App Service'],
};

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/;

const question = {
    type: ['ActualCost', 'AmortizedCost', 'Usage'],
    timeframe: ['Custom'],
    timePeriod: { from: time, to: time },
    dataset: {
        granularity: ['Daily', 'Monthly', 'None'],
        aggregation: { totalCost: { name: ['Cost'], function: ['Sum'] } },
        grouping: optional(list({ type: ['Dimension'],
            name: ['ServiceName', 'ResourceLocation', 'ChargeType'] }, 0, 2)),
    },
};

const keys = { ServiceName: 'service', ResourceLocation: 'region',
    ChargeType: 'charge' };
const chargeTypes = { usage: 'Usage', tax: 'Tax', credit: 'Credit',
    support: 'Purchase' };

const errors = {
    tenant: [400, 'invalid_request', 90002],
    client: [400, 'unauthorized_client', 700016],
    secret: [401, 'invalid_client', 7000215],
    scope: [400, 'invalid_scope', 70011],
};


export class Azure extends Cloud {
    constructor(options) {
        super(options, names, {
            token_seconds: 3599,
            // of days and of months: UsageDate or BillingMonth (a date time)
            month_column: 'BillingMonth',
            // the columns from right to left
            reversed: false,
            // queries of one scope in so many milliseconds; one more is
            // answered 429, and nothing says for how long to wait
            scope_calls: Infinity,
            scope_ms: 60_000,
        });
    }

    credentials() {
        return {
            main: { tenant_id: 'aaaaaaaa-0000-4000-8000-000000000001',
                client_id: 'bbbbbbbb-0000-4000-8000-000000000001',
                client_secret: 'sandbox~8f1c.2d7e-0a4b',
                scope: 'cccccccc-0000-4000-8000-000000000001',
                currency: 'USD', scale: 1 },
            won: { tenant_id: 'aaaaaaaa-0000-4000-8000-000000000001',
                client_id: 'bbbbbbbb-0000-4000-8000-000000000002',
                client_secret: 'sandbox~41b0&9a=55',
                scope: 'providers/Microsoft.Billing/billingAccounts/1234567',
                currency: 'KRW', scale: 1000 },
        };
    }

    answer(request) {
        const token = /^\/([^/]+)\/oauth2\/v2\.0\/token$/.exec(request.url);
        const query = QUERY.exec(request.url);

        if (request.method !== 'POST' || (token ?? query) === null) {
            return problem(404, 'NotFound');
        }
        return token !== null
            ? this.token(request, token[1]) : this.query(request, query);
    }

    throttled() {
        const name = 'x-ms-ratelimit-microsoft.costmanagement-entity-retry-after';

        return { status: 429, headers: { ...jsonHeaders, [name]: '1' },
            body: JSON.stringify({ error: { code: '429',
                message: 'Too many requests. Please retry.' } }) };
    }

    token({ headers, body, call }, tenant) {
        const args = Object.fromEntries(new URLSearchParams(body));
        const tenants = Object.values(this.known)
            .filter((entry) => entry.tenant_id === tenant);
        const entry = tenants
            .find(({ client_id }) => client_id === args.client_id);

        call.client = args.client_id ?? '';
        if (headers['content-type'] !== 'application/x-www-form-urlencoded'
            || args.grant_type !== 'client_credentials'
            || args.scope !== 'https://management.azure.com/.default') {
            return refusal('scope');
        }
        if (tenants.length === 0) {
            return refusal('tenant');
        }
        if (entry === undefined) {
            return refusal('client');
        }
        if (entry.client_secret !== args.client_secret) {
            return refusal('secret');
        }

        const seconds = this.settings.token_seconds;
        return json(200, { token_type: 'Bearer', expires_in: seconds,
            ext_expires_in: seconds, access_token: this.issue(
                `eyJ0.${randomBytes(600).toString('base64url')}.sandbox`,
                entry, seconds) });
    }

    query({ headers, body, call, url }, [, scope, args]) {
        const entry = this.ownerOf(headers.authorization);
        const { 'api-version': version, $skiptoken: skip = '' }
            = Object.fromEntries(new URLSearchParams(args));

        if (entry === undefined) {
            return problem(401, 'InvalidAuthenticationToken');
        }
        call.client = entry.client_id;
        call.scope = scope;
        call.over = this.isPaced(scope);
        if (call.over) {
            return problem(429, '429', 'Too many requests. Please retry.');
        }
        if (!Object.values(this.known).some((one) => pathOf(one) === scope)) {
            return problem(404, 'SubscriptionNotFound');
        }
        if (pathOf(entry) !== scope) {
            return problem(403, 'RBACAccessDenied');
        }

        const asked = JSON.parse(body);
        const wrong = undocumented('azure', asked)
            ?? differs(asked, question) ?? wrongPeriod(asked)
            ?? (version === VERSION ? null : 'api-version');

        if (wrong !== null) {
            return problem(400, 'BadRequest', wrong);
        }
        Object.assign(call, { granularity: asked.dataset.granularity,
            start: asked.timePeriod.from.slice(0, 10),
            end: asked.timePeriod.to.slice(0, 10) });
        return this.page(asked, entry, { skip, call, path: url.split('?')[0] });
    }

    // Those that were refused do not count.
    isPaced(scope) {
        const { scope_calls, scope_ms } = this.settings;
        const now = Date.now();
        const recent = (this.asked?.get(scope) ?? [])
            .filter((at) => now - at < scope_ms);
        const over = recent.length >= scope_calls;

        this.asked ??= new Map();
        this.asked.set(scope, over ? recent : [...recent, now]);
        return over;
    }

    page(asked, entry, { skip, call, path }) {
        const seal = createHash('sha256').update(JSON.stringify(asked))
            .digest('hex').slice(0, 16);
        const [offset, sealed] = (skip || `0.${seal}`).split('.');

        if (sealed !== seal) {
            return problem(400, 'BadRequest', 'skiptoken of another query');
        }

        const all = this.rows(asked, entry);
        const { rows, next } = this.cut(all, Number(offset),
            this.settings.page_size);

        call.page = Number(offset) / this.settings.page_size + 1;
        return all.length === 0
            ? { status: 204, headers: {}, body: '' }
            : { status: 200, headers: jsonHeaders, body: this.table(asked,
                entry, rows, next && `${this.url}${path}?api-version=${VERSION}`
                    + `&$skiptoken=${next}.${seal}`) };
    }

    rows(asked, entry) {
        const { granularity, grouping = [] } = asked.dataset;
        return this.sums(this.sourcesOf(entry),
            parseDay(asked.timePeriod.from.slice(0, 10)),
            parseDay(asked.timePeriod.to.slice(0, 10)),
            granularity === 'Monthly' ? 'MONTHLY' : 'DAILY',
            [...(granularity === 'None' ? [] : ['date']),
                ...grouping.map(({ name }) => keys[name])]);
    }

    // Numbers as texts: JSON.stringify would make doubles of them.
    table(asked, entry, rows, link) {
        const { granularity, grouping = [] } = asked.dataset;
        const monthly = granularity === 'Monthly'
            && this.settings.month_column === 'BillingMonth';
        const date = ({ date }) => {
            if (granularity !== 'Monthly') {
                return Number(date.replaceAll('-', ''));
            }
            return monthly ? `${date}-01T00:00:00`
                : Number(date.replace('-', ''));
        };
        const columns = [
            /* the two types differ, so that it shows which was asked for */
            ['Cost', 'Number', (row) => formatNumber(row.cost
                * (asked.type === 'AmortizedCost' ? 2n : 1n))],
            ...(granularity === 'None' ? [] : [[
                monthly ? 'BillingMonth' : 'UsageDate',
                monthly ? 'Datetime' : 'Number',
                (row) => JSON.stringify(date(row))]]),
            ...grouping.map(({ name }) => [name, 'String', (row) =>
                JSON.stringify(name === 'ChargeType'
                    ? chargeTypes[row.charge] : row[keys[name]])]),
            ['Currency', 'String', () => JSON.stringify(entry.currency)],
        ];
        if (this.settings.reversed) {
            columns.reverse();
        }

        return `{"id":"x","name":"x","type":"Microsoft.CostManagement/query",`
            + `"properties":{"nextLink":${JSON.stringify(link ?? null)},`
            + `"columns":${JSON.stringify(columns.map(([name, type]) =>
                ({ name, type })))},"rows":[${rows.map((row) =>
                `[${columns.map(([, , text]) => text(row)).join(',')}]`)
                .join(',')}]}}`;
    }

    sourcesOf({ scope, scale }) {
        return [{ account: scope, scale: BigInt(scale) }];
    }

    sources({ user = 'main' }) {
        return this.sourcesOf(this.known[user]);
    }
}


function pathOf({ scope }) {
    return scope.includes('/') ? scope : `subscriptions/${scope}`;
}


function wrongPeriod({ timePeriod: { from, to }, dataset: { granularity } }) {
    const [first, last] = [from, to].map((at) => parseDay(at.slice(0, 10)));

    if (!(first <= last) || !from.endsWith('T00:00:00+00:00')
        || !to.endsWith('T23:59:59+00:00')) {
        return 'timePeriod';
    }
    if (granularity === 'Daily' && last - first >= DAYS) {
        return 'more than 31 days';
    }
    return monthOf(last) - monthOf(first) >= MONTHS
        ? 'more than 12 months' : null;
}


function problem(status, code, message = 'made up') {
    return json(status, { error: { code, message } });
}


function refusal(name) {
    const [status, error, code] = errors[name];

    return json(status, { error, error_description: `AADSTS${code}: made up`,
        error_codes: [code], trace_id: 'x', correlation_id: 'x' });
}
