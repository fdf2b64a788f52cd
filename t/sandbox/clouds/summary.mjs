// A stand-in for Hyperbilling's summary API: GET /summary for the clouds other
// than AWS.

import { formatMonth, monthFirst, monthLast, monthOf } from '../calendar.mjs';
import { formatNumber } from '../decimal.mjs';
import { json, jsonHeaders } from '../send.mjs';
import { Cloud, googleRegions } from './cloud.mjs';
import { keyPair, verify } from './jwt.mjs';


const AUDIENCE = 'api.hb.cloudnoa.io';
const WON = 1000n; // for a dollar

const platforms = ['gcp', 'alibaba', 'tencent', 'akamai'];
const kinds = {
    usage_detail: ['MONTHLY', ['linked', 'service', 'region', 'charge']],
    cost_by_region: ['MONTHLY', ['linked', 'region', 'charge']],
    cost_by_service: ['MONTHLY', ['linked', 'service', 'charge']],
    monthly_cost: ['MONTHLY', ['linked', 'date', 'charge']],
    daily_cost: ['DAILY', ['linked', 'date', 'charge']],
};

const names = {
    regions: googleRegions,
    services: ['Compute Engine', 'Cloud Storage', 'Cloud SQL', 'BigQuery',
        'Networking', 'Support'],
};

let keys;


export class Summary extends Cloud {
    constructor(options) {
        keys ??= keyPair();
        super(options, names, {
            // rows of other months, kinds that nobody asked for
            foreign: true,
            // errors as 200 with an errorCode, or by status
            error_codes: true,
            // what a question for several months gets, as in ../settings.mjs
            wide: true,
        });
    }

    credentials() {
        return Object.fromEntries(platforms.map((platform, i) => [platform, {
            account_id: `01234${i}-6789AB-CDEF01`,
            client_email: `${platform}@example.com`,
            private_key: keys.private_key,
            projects: [`${platform}-web`, `${platform}-data`],
        }]));
    }

    answer(request) {
        const url = new URL(request.url, 'http://sandbox');

        if (request.method !== 'GET' || url.pathname !== '/summary') {
            return json(404, { message: 'no such resource' });
        }

        const token = verify(
            (request.headers.authorization ?? '').replace(/^Bearer /, ''),
            () => keys.public_key);

        if (token === null || token.claims.aud !== AUDIENCE
            || token.claims.iss !== token.claims.sub
            || token.claims.exp - token.claims.iat !== 600
            || token.header.kid !== undefined) {
            return this.refusal(401, 'E401');
        }
        request.call.client = token.claims.iss;
        return this.summary(request.call, url.searchParams);
    }

    throttled() {
        return json(429, { message: 'too many' });
    }

    refusal(status, errorCode) {
        return this.settings.error_codes
            ? json(200, { errorCode, message: 'made up' })
            : json(status, { message: 'made up' });
    }

    summary(call, args) {
        const entry = this.known[args.get('platform')];
        const narrow = args.has('month');
        const asked = narrow ? [args.get('month')] : args.getAll('months[]');
        const wanted = args.has('kind') ? [args.get('kind')]
            : args.getAll('kinds[]');

        if (entry?.client_email !== call.client
            || entry.account_id !== args.get('account_id')) {
            return this.refusal(403, 'E403');
        }
        if (asked.length === 0 || asked.some((text) => !/^\d{6}$/.test(text))
            || wanted.length === 0 || wanted.some((kind) => !(kind in kinds))) {
            return json(400, { message: 'months[] and kinds[]' });
        }

        if (!narrow && asked.length > 1) {
            switch (this.settings.wide) {
            case 'refused':
                return this.refusal(400, 'E400');
            case 'first':
                asked.length = 1;
                break;
            case 'empty':
                return { status: 200, headers: jsonHeaders, body: '[]' };
            default:
            }
        }

        Object.assign(call, { narrow, months: asked.join(), kind: wanted.join() });
        const months = asked.map((text) => monthOf(Date.UTC(
            Number(text.slice(0, 4)), Number(text.slice(4)) - 1) / 86_400_000));
        const more = this.settings.foreign
            ? [['monthly_cost', months[0]],
                [wanted[0], Math.min(...months) - 1]] : [];
        const elements = [...wanted.flatMap((kind) =>
            months.map((month) => [kind, month])), ...more];

        return { status: 200, headers: jsonHeaders, body: `[${elements
            .map(([kind, month]) => this.element(entry, kind, month))
            .join(',')}]` };
    }

    element(entry, kind, month) {
        const [granularity, by] = kinds[kind];
        const text = formatMonth(month).replace('-', '');
        const rows = this.sums(this.sourcesOf(entry), monthFirst(month),
            monthLast(month), granularity, by);
        const projects = entry.projects.map((project) => {
            const own = withCredits(
                rows.filter((row) => row.linked === project))
                .map((row) => rowText(row, kind, text));
            const other = this.settings.foreign && kind === 'daily_cost'
                ? [foreignText(month)] : [];
            return `{"project_id":${JSON.stringify(project)},`
                + `"project_name":"made up","data":[${
                    [...own, ...other].join(',')}]}`;
        });

        return `{"kind":"${kind}","month":"${text}",`
            + `"data":[${projects.join(',')}]}`;
    }

    sourcesOf({ projects }) {
        return projects.map((account) => ({ account }));
    }

    sources({ user = 'gcp' }) {
        return this.sourcesOf(this.known[user]);
    }
}


// Credits belong to the rows that they are for: {..., cost, credit}.
function withCredits(sums) {
    const rows = new Map();

    for (const { charge, cost, ...row } of sums) {
        const key = JSON.stringify(Object.values(row));
        const own = rows.get(key) ?? { ...row, cost: 0n, credit: 0n };

        own[charge === 'credit' ? 'credit' : 'cost'] += cost;
        rows.set(key, own);
    }
    return [...rows.values()];
}


function rowText({ date, region, service, cost, credit }, kind, month) {
    const members = {
        usage_detail: { service_name: service, region_id: region },
        cost_by_region: { region_id: region, multi_region: false },
        cost_by_service: { service_name: service },
        monthly_cost: { invoice_month: month },
        daily_cost: { invoice_month: month, date },
    }[kind];

    return `${JSON.stringify(members).slice(0, -1)},"costs":[${
        costText(cost, credit)}]}`;
}


// A day of the month before: of its own invoice, not of this one.
function foreignText(month) {
    const text = formatMonth(month - 1);

    return `{"invoice_month":"${text.replace('-', '')}",`
        + `"date":"${text}-28","costs":[${costText(10n ** 12n)}]}`;
}


function costText(cost, credit = 0n) {
    const final = cost + credit;

    return `{"cost":${formatNumber(cost * WON)},`
        + `"credit":${formatNumber(credit * WON)},`
        + `"final_cost":${formatNumber(final * WON)},`
        + `"cost_in_usd":${formatNumber(cost)},`
        + `"credit_in_usd":${formatNumber(credit)},`
        + `"final_cost_in_usd":${formatNumber(final)},"currency":"KRW"}`;
}
