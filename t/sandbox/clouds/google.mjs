// A stand-in for Google's token endpoint and for BigQuery's jobs.query on a
// billing export, both at one address.  It runs no SQL: it knows the two
// queries that are asked by what distinguishes them, and refuses others.

import { randomBytes } from 'node:crypto';

import { monthFirst, monthLast, parseDay } from '../calendar.mjs';
import { formatDecimal } from '../decimal.mjs';
import { json } from '../send.mjs';
import { Cloud, googleRegions } from './cloud.mjs';
import { keyPair, verify } from './jwt.mjs';
import { undocumented } from './documented.mjs';
import { differs, list, optional } from './shape.mjs';


const AUDIENCE = 'https://oauth2.googleapis.com/token';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const SCOPE = 'https://www.googleapis.com/auth/bigquery';
const QUERIES = /^\/bigquery\/v2\/projects\/([^/?]+)\/queries(?:\/([^/?]+)\?(.*))?$/;
const COLUMNS = ['date', 'project', 'region', 'service', 'currency', 'type',
    'cost', 'credit'];

const names = {
    regions: googleRegions,
    services: ['Compute Engine', 'Cloud Storage', 'Cloud SQL', 'BigQuery',
        'Kubernetes Engine', 'Networking', 'Cloud Logging', 'Support'],
};

const question = {
    query: 'string',
    useLegacySql: [false],
    dryRun: 'boolean',
    timeoutMs: 'number',
    maxResults: 'number',
    parameterMode: ['NAMED'],
    queryParameters: list({ name: 'string', parameterType: { type: ['STRING'] },
        parameterValue: { value: 'string' } }),
    location: optional('string'),
    maximumBytesBilled: optional(/^\d+$/),
    requestId: optional(/^[ -~]{1,36}$/),
};

let keys;


export class Google extends Cloud {
    constructor(options) {
        keys ??= keyPair();
        super(options, names, {
            token_seconds: 3599,
            // how often a job says that it is not done
            polls: 0,
            // jobs are not known any more
            jobs_gone: false,
            // what a day's partition holds
            partition_bytes: 10_000_000,
        });
    }

    credentials() {
        return { main: {
            service_account_key: JSON.stringify({
                type: 'service_account', project_id: 'sandbox-proj',
                private_key_id: 'sandbox-key-1', private_key: keys.private_key,
                client_email: 'billing@sandbox-proj.iam.example.com',
                token_uri: 'https://elsewhere.example.com/token',
            }, null, 2),
            table: 'sandbox-proj.billing.gcp_billing_export_v1_'
                + '012345_6789AB_CDEF01',
            location: 'asia-northeast3',
            projects: ['sandbox-web', 'sandbox-data', ''],
            currency: 'KRW', scale: 1000,
        } };
    }

    answer(request) {
        if (request.method === 'POST' && request.url === '/token') {
            return this.token(request);
        }

        const match = QUERIES.exec(request.url);
        const owner = this.ownerOf(request.headers.authorization);

        if (match === null) {
            return problem(404, 'notFound');
        }
        if (owner === undefined) {
            return problem(401, 'authError');
        }
        request.call.client = keyOf(owner).client_email;
        if (match[1] !== keyOf(owner).project_id) {
            return problem(403, 'accessDenied');
        }
        if (match[2] === undefined) {
            return request.method === 'POST'
                ? this.query(request, owner) : problem(404, 'notFound');
        }
        return request.method === 'GET'
            ? this.fetch(request, match[2], new URLSearchParams(match[3]))
            : problem(404, 'notFound');
    }

    throttled() {
        return problem(403, 'rateLimitExceeded');
    }

    token({ headers, body, call }) {
        const { grant_type, assertion = '' }
            = Object.fromEntries(new URLSearchParams(body));
        const of = (claims) => Object.values(this.known).find((entry) =>
            keyOf(entry).client_email === claims.iss);
        const token = verify(assertion,
            (claims) => of(claims) && keys.public_key);

        if (headers['content-type'] !== 'application/x-www-form-urlencoded'
            || grant_type !== GRANT || token === null
            || token.claims.aud !== AUDIENCE || token.claims.scope !== SCOPE
            || token.claims.exp - token.claims.iat > 3600
            || token.header.kid !== 'sandbox-key-1') {
            return json(400, { error: 'invalid_grant',
                error_description: 'made up' });
        }

        call.client = token.claims.iss;
        return json(200, { access_token: this.issue(
            `ya29.${randomBytes(90).toString('base64url')}`, of(token.claims),
            this.settings.token_seconds),
        expires_in: this.settings.token_seconds, token_type: 'Bearer' });
    }

    query({ body, call }, owner) {
        const asked = JSON.parse(body);
        const wrong = undocumented('google', asked)
            ?? differs(asked, question);
        const table = /FROM `([^`]+)`/.exec(asked.query)?.[1];

        if (wrong !== null) {
            return problem(400, 'invalid', wrong);
        }
        if (table !== owner.table || asked.location !== owner.location) {
            return problem(404, 'notFound');
        }

        const period = readQuery(asked);
        if (period === null) {
            return problem(400, 'invalidQuery');
        }

        const bytes = (this.today() - period.partition + 1)
            * this.settings.partition_bytes;
        Object.assign(call, { dry: asked.dryRun, bytes, ...period });

        if (asked.dryRun) {
            return json(200, { kind: 'bigquery#queryResponse',
                totalBytesProcessed: String(bytes), jobComplete: true,
                jobReference: { projectId: 'sandbox-proj' } });
        }
        if (bytes > Number(asked.maximumBytesBilled ?? Infinity)) {
            return problem(400, 'bytesBilledLimitExceeded');
        }
        return this.again(asked, call)
            ?? this.run(owner, period, asked, call);
    }

    // The job of a request that came before, with the same id; it is not paid
    // again.
    again({ requestId, ...asked }, call) {
        const job = this.ids?.get(`${requestId} ${JSON.stringify(asked)}`);

        if (requestId === undefined || job === undefined
            || this.settings.jobs_gone) {
            return undefined;
        }
        call.again = true;
        return this.result(job, '');
    }

    run(owner, { first, last, granularity }, { requestId, ...asked }, call) {
        const size = asked.maxResults;
        const job = `job_${randomBytes(12).toString('base64url')}`;
        const rows = withCredits(this.sums(this.sourcesOf(owner), first, last,
            granularity, ['date', 'linked', 'region', 'service', 'charge']));

        call.paid = true;
        this.ids ??= new Map();
        this.ids.set(`${requestId} ${JSON.stringify(asked)}`, job);
        this.jobs ??= new Map();
        this.jobs.set(job, { rows, polls: this.settings.polls, owner,
            size: Math.min(size, this.settings.page_size) });
        return this.result(job, '');
    }

    fetch({ call }, job, args) {
        const known = this.jobs?.get(job);

        if (known === undefined || this.settings.jobs_gone || args.get('location') !== known.owner.location) {
            return problem(404, 'notFound');
        }
        call.page = 1 + Number((args.get('pageToken') ?? '0').split('.').pop())
            / known.size;
        return this.result(job, args.get('pageToken') ?? '');
    }

    result(job, token) {
        const entry = this.jobs.get(job);
        const { owner } = entry;
        const reference = { projectId: 'sandbox-proj', jobId: job,
            location: owner.location };

        if (entry.polls-- > 0) {
            return json(200, { kind: 'bigquery#queryResponse',
                jobReference: reference, jobComplete: false });
        }
        if (token !== '' && !token.startsWith(`${job}.`)) {
            return problem(400, 'invalid');
        }

        const { rows, next } = this.cut(entry.rows,
            Number(token.split('.').pop()), entry.size);
        const cells = ({ date, linked, region, service, type, cost, credit }) => [
            date.length === 7 ? date.replace('-', '') : date, linked, region,
            service, owner.currency, type, formatDecimal(cost),
            formatDecimal(credit)];

        return json(200, { kind: 'bigquery#queryResponse',
            schema: { fields: COLUMNS.map((name) => ({ name, type: 'STRING' })) },
            jobReference: reference, totalRows: String(entry.rows.length),
            ...(rows.length > 0 && { rows: rows.map((row) =>
                ({ f: cells(row).map((v) => ({ v })) })) }),
            ...(next && { pageToken: `${job}.${next}` }),
            jobComplete: true, cacheHit: false });
    }

    sourcesOf({ projects, scale }) {
        return projects.map((linked) => ({ account: `google-${linked}`, linked,
            scale: BigInt(scale) }));
    }

    sources({ user = 'main' }) {
        return this.sourcesOf(this.known[user]);
    }
}


// Credits belong to the rows that they are for: {..., type, cost, credit}.
function withCredits(sums) {
    const rows = new Map();

    for (const { charge, cost, ...row } of sums) {
        const type = charge === 'tax' ? 'tax' : 'regular';
        const key = JSON.stringify([...Object.values(row), type]);
        const own = rows.get(key) ?? { ...row, type, cost: 0n, credit: 0n };

        own[charge === 'credit' ? 'credit' : 'cost'] += cost;
        rows.set(key, own);
    }
    return [...rows.values()];
}


// {granularity, first, last, partition} of a query that prunes partitions,
// takes credits off within their row and groups; null for any other.
function readQuery({ query, queryParameters }) {
    const { partition, start, end } = Object.fromEntries(queryParameters.map(
        ({ name, parameterValue }) => [name, parameterValue.value]));
    const fits = (date, condition) => query.startsWith(`SELECT ${date} AS date,`)
        && query.includes('_PARTITIONTIME >= TIMESTAMP(@partition)')
        && query.includes('FROM UNNEST(credits)')
        && query.includes('IFNULL(cost_type, \'\') AS type')
        && query.endsWith(`${condition} GROUP BY 1, 2, 3, 4, 5, 6`);
    const monthly = fits('invoice.month',
        'invoice.month BETWEEN @start AND @end');
    const daily = fits('CAST(DATE(usage_start_time) AS STRING)',
        'usage_start_time >= TIMESTAMP(@start) AND '
        + 'usage_start_time < TIMESTAMP(@end)');
    const month = (text) => /^\d{6}$/.test(text)
        ? (Number(text.slice(0, 4)) - 1970) * 12 + Number(text.slice(4)) - 1
        : NaN;
    const [first, last] = monthly
        ? [monthFirst(month(start)), monthLast(month(end))]
        : [parseDay(start), parseDay(end) - 1];
    const from = parseDay(partition);

    return (monthly || daily) && first <= last && from <= first
        ? { granularity: monthly ? 'MONTHLY' : 'DAILY', first, last,
            partition: from }
        : null;
}


function keyOf(entry) {
    return JSON.parse(entry.service_account_key);
}


function problem(code, reason, message = 'made up') {
    return json(code, { error: { code, message, status: 'MADE_UP',
        errors: [{ message, domain: 'global', reason }] } });
}
