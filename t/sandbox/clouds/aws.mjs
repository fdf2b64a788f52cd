// A stand-in for AWS Cost Explorer (GetCostAndUsage) and for sts:AssumeRole and
// AssumeRoleWithWebIdentity, all at one address; the signature tells which is
// meant.  It is in one region, the setting "region".

import { createHash, randomBytes } from 'node:crypto';

import { formatDay, formatMonth, monthFirst, monthOf, parseDay } from '../calendar.mjs';
import { formatDecimal } from '../decimal.mjs';
import { json } from '../send.mjs';
import { verify } from '../../lib/sigv4.mjs';
import { Cloud } from './cloud.mjs';
import { undocumented } from './documented.mjs';
import { differs, list, optional } from './shape.mjs';


const TARGET = 'AWSInsightsIndexService.GetCostAndUsage';
const FORM = 'application/x-www-form-urlencoded';
const HISTORY = 13; // months before this one

// The query protocol has other words for the same.
const queryErrors = {
    InvalidSignatureException: 'SignatureDoesNotMatch',
    UnrecognizedClientException: 'InvalidClientTokenId',
    MissingAuthenticationToken: 'MissingAuthenticationToken',
};

const names = {
    regions: {
        APN2: 'ap-northeast-2', APN1: 'ap-northeast-1', USE1: 'us-east-1',
        USW2: 'us-west-2', EU: 'eu-west-1', EUC1: 'eu-central-1',
        APS1: 'ap-southeast-1', UGW1: 'global', '': 'NoRegion',
    },
    services: [
        'Amazon Elastic Compute Cloud - Compute', 'Amazon Simple Storage Service',
        'Amazon Relational Database Service', 'Amazon CloudFront', 'AWS Lambda',
        'EC2 - Other', 'Amazon DynamoDB', 'AmazonCloudWatch', 'Tax',
    ],
};

const metrics = ['AmortizedCost', 'BlendedCost', 'NetAmortizedCost',
    'NetUnblendedCost', 'UnblendedCost'];
const groups = { SERVICE: 'service', REGION: 'region', LINKED_ACCOUNT: 'linked',
    RECORD_TYPE: 'charge' };
const recordTypes = { usage: 'Usage', tax: 'Tax', credit: 'Credit',
    support: 'Support' };
const day = /^\d{4}-\d{2}-\d{2}$/;

const dimensions = { Key: ['LINKED_ACCOUNT'], Values: list(/^\d{12}$/, 1) };

const question = {
    TimePeriod: { Start: day, End: day },
    Granularity: ['DAILY', 'MONTHLY'],
    Metrics: list(metrics, 1),
    GroupBy: optional(list(
        { Type: ['DIMENSION'], Key: Object.keys(groups) }, 0, 2)),
    Filter: optional({
        Dimensions: optional(dimensions),
        Not: optional({ Dimensions: dimensions }),
    }),
    NextPageToken: optional('string'),
};


export class Aws extends Cloud {
    constructor(options) {
        super(options, names, { session_seconds: 3600, region: 'us-east-1',
            // months that are not closed, this one and those before it
            estimated: 1,
            // what proves a web identity, and what a role must be told
            web_token: 'sandbox.web.identity', external_id: 'sandbox-customer' });
    }

    credentials() {
        return {
            main: { access_key_id: 'AKIASANDBOXMAIN00001',
                secret_access_key: 'sandbox/main+8f1c2d7e0a4b5c6d7e8f9a0b',
                linked: ['111122223333', '012345678901', '000000000042'] },
            // may not read costs, only take on the role
            caller: { access_key_id: 'AKIASANDBOXCALLER001',
                secret_access_key: 'sandbox/caller+41b09a55d013c25a6f98',
                role_arn: 'arn:aws:iam::333344445555:role/billing/reader',
                external_id: 'sandbox-external', linked: ['333344445555'] },
            // the role of a machine (host.mjs), which nobody has a key of, and
            // one that lets it in
            host: { web_role: 'arn:aws:iam::666677778888:role/host',
                linked: ['666677778888'] },
            customer: { role_arn: 'arn:aws:iam::555566667777:role/costs',
                trusts: 'host', linked: ['555566667777'] },
        };
    }

    answer(request) {
        if (request.headers.authorization === undefined
            && request.body.includes('Action=AssumeRoleWithWebIdentity')) {
            return this.assumeWebRole(request);
        }

        const signed = verify({ ...request }, (id) => this.userOf(id)?.secret);

        if (signed.error !== undefined) {
            // who signs badly does not say for which service
            return request.headers['content-type'] === FORM
                ? xmlFailure(403, queryErrors[signed.error])
                : failure(400, signed.error);
        }

        request.call.client = signed.id;
        request.call.service = signed.service;

        if (request.method !== 'POST' || request.url !== '/') {
            return failure(404, 'UnknownOperationException');
        }
        if (signed.region !== this.settings.region) {
            const text = 'Credential should be scoped to a valid region'
                + (signed.service === 'sts' ? '. ' : `, not '${signed.region}'. `);

            return signed.service === 'sts'
                ? xmlFailure(403, 'SignatureDoesNotMatch', text)
                : failure(400, 'InvalidSignatureException', text);
        }
        return signed.service === 'sts'
            ? this.assumeRole(request, signed)
            : this.costs(request, signed);
    }

    throttled() {
        return failure(400, 'ThrottlingException', 'Rate exceeded');
    }

    // {secret, entry, session?, until?}
    userOf(id) {
        const entry = Object.values(this.known)
            .find((user) => user.access_key_id === id);

        return entry === undefined
            ? this.tokens.get(id)
            : { secret: entry.secret_access_key, entry };
    }

    // Keys that are good for a while: {key, secret, session, until}.
    issueKeys(entry, seconds = this.settings.session_seconds) {
        const key = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`;
        const keys = { key, entry, secret: randomBytes(30).toString('base64'),
            session: randomBytes(90).toString('base64'),
            until: Date.now() + seconds * 1000 };

        this.tokens.set(key, keys);
        return keys;
    }

    assumeWebRole({ body, call }) {
        const args = Object.fromEntries(new URLSearchParams(body));
        const { host } = this.known;

        call.role = args.RoleArn;
        if (args.RoleArn !== host.web_role
            || args.WebIdentityToken !== this.settings.web_token) {
            return xmlFailure(400, 'InvalidIdentityToken');
        }
        return xmlKeys('AssumeRoleWithWebIdentity', args.RoleArn,
            this.issueKeys(host));
    }

    // Who may take on which role.
    roleOf(entry, arn, external) {
        const { customer } = this.known;

        if (arn === customer.role_arn) {
            return entry === this.known[customer.trusts]
                && [this.settings.external_id].flat().includes(external)
                ? customer : undefined;
        }
        return entry.role_arn === arn && entry.external_id === external
            ? entry : undefined;
    }

    assumeRole({ body, headers, call }, { id }) {
        const args = Object.fromEntries(new URLSearchParams(body));
        const user = this.userOf(id);

        if (headers['content-type'] !== FORM
            || args.Action !== 'AssumeRole' || args.Version !== '2011-06-15'
            || !/^[\w+=,.@-]{2,64}$/.test(args.RoleSessionName ?? '')
            || !(Number(args.DurationSeconds) >= 900)) {
            return xmlFailure(400, 'ValidationError');
        }
        call.role = args.RoleArn;
        call.external_id = args.ExternalId;
        if (user.session !== headers['x-amz-security-token']) {
            return xmlFailure(403, 'InvalidClientTokenId');
        }

        const entry = this.roleOf(user.entry, args.RoleArn, args.ExternalId);

        return entry === undefined
            ? xmlFailure(403, 'AccessDenied')
            : xmlKeys('AssumeRole', args.RoleArn, this.issueKeys(entry));
    }

    costs({ body, headers, call }, { id }) {
        const user = this.userOf(id);

        if (headers['content-type'] !== 'application/x-amz-json-1.1'
            || headers['x-amz-target'] !== TARGET) {
            return failure(400, 'UnknownOperationException');
        }
        if (user.session !== headers['x-amz-security-token']) {
            return failure(400, 'UnrecognizedClientException');
        }
        if (user.until !== undefined && user.until < Date.now()) {
            return failure(400, 'ExpiredTokenException');
        }
        if (user.entry.role_arn !== undefined && user.session === undefined) {
            return failure(400, 'AccessDeniedException');
        }

        const asked = JSON.parse(body);
        const problem = undocumented('aws', asked)
            ?? differs(asked, question) ?? this.wrongPeriod(asked);

        if (problem !== null) {
            return failure(400, 'ValidationException', problem);
        }
        Object.assign(call, { granularity: asked.Granularity,
            start: asked.TimePeriod.Start, end: asked.TimePeriod.End });
        return this.page(asked, user.entry, call);
    }

    wrongPeriod({ TimePeriod: { Start, End }, Granularity }) {
        const [start, end] = [parseDay(Start), parseDay(End)];
        const oldest = monthFirst(monthOf(this.today()) - HISTORY);

        if (!(start < end)) {
            return 'Start date should be before end date';
        }
        if (start > this.today()) {
            return 'Start date cannot be after today';
        }
        return start < oldest || (Granularity === 'DAILY' && end - start > 366)
            ? 'start date is too old, or the period too long' : null;
    }

    page(asked, entry, call) {
        const { NextPageToken, ...rest } = asked;
        const seal = createHash('sha256').update(JSON.stringify(rest))
            .digest('hex').slice(0, 16);
        const [offset, sealed] = (NextPageToken ?? `0.${seal}`).split('.');

        if (!/^\d+$/.test(offset) || sealed === undefined) {
            return failure(400, 'InvalidNextTokenException');
        }
        if (sealed !== seal) {
            return failure(400, 'RequestChangedException');
        }

        const { rows, next } = this.cut(this.rows(asked, entry), Number(offset),
            this.settings.page_size);

        call.page = Number(offset) / this.settings.page_size + 1;
        call.paid = true;
        return json(200, {
            GroupDefinitions: asked.GroupBy,
            ResultsByTime: results(asked, rows, monthFirst(monthOf(this.today())
                - this.settings.estimated + 1), !next),
            ...(next && { NextPageToken: `${next}.${seal}` }),
            DimensionValueAttributes: [],
        });
    }

    rows(asked, entry) {
        const only = asked.Filter?.Dimensions?.Values ?? entry.linked;
        const not = asked.Filter?.Not?.Dimensions.Values ?? [];
        const sources = entry.linked
            .filter((id) => only.includes(id) && !not.includes(id))
            .map((account) => ({ account }));

        return this.sums(sources, parseDay(asked.TimePeriod.Start),
            parseDay(asked.TimePeriod.End) - 1, asked.Granularity,
            ['date', ...(asked.GroupBy ?? []).map(({ Key }) => groups[Key])]);
    }

    sources({ user = 'main', linked }) {
        return this.known[user].linked
            .filter((id) => linked === undefined || id === linked)
            .map((account) => ({ account }));
    }
}


// All periods of the question are named, on the last page those without costs.
function results(asked, rows, open, last) {
    const dates = [...new Set([...rows.map((row) => row.date),
        ...last ? periods(asked) : []])].sort();
    const keys = asked.GroupBy.map(({ Key }) => groups[Key]);
    const metric = (row) => Object.fromEntries(asked.Metrics.map((name) =>
        [name, { Amount: formatDecimal(row.cost * spread(name)), Unit: 'USD' }]));

    return dates.map((date) => ({
        TimePeriod: period(date),
        Total: {},
        Groups: rows.filter((row) => row.date === date).map((row) => ({
            Keys: keys.map((key) => (key === 'charge'
                ? recordTypes[row.charge] : row[key])), Metrics: metric(row),
        })),
        Estimated: date >= formatDay(open).slice(0, date.length),
    }));
}


function periods({ TimePeriod: { Start, End }, Granularity }) {
    const days = Array.from({ length: parseDay(End) - parseDay(Start) },
        (_, at) => formatDay(parseDay(Start) + at));

    return Granularity === 'DAILY' ? days
        : [...new Set(days.map((one) => one.slice(0, 7)))];
}


// What is amortized is twice what is not: so that it shows which was asked for.
function spread(metric) {
    return metric === 'AmortizedCost' ? 2n : 1n;
}


function period(date) {
    const start = parseDay(date.length === 7 ? `${date}-01` : date);

    return { Start: formatDay(start), End: formatDay(date.length === 7
        ? monthFirst(monthOf(start) + 1) : start + 1) };
}


// An answer of the query API with keys.
function xmlKeys(action, arn, { key, secret, session, until }) {
    return xml(200, `<${action}Response xmlns="https://sts.amazonaws.com/`
        + `doc/2011-06-15/"><${action}Result><AssumedRoleUser><Arn>`
        + `${arn}</Arn></AssumedRoleUser><Credentials>`
        + `<AccessKeyId>${key}</AccessKeyId>`
        + `<SecretAccessKey>${secret}</SecretAccessKey>`
        + `<SessionToken>${session}</SessionToken>`
        + `<Expiration>${new Date(until).toISOString()
            .replace(/\.\d+/, '')}</Expiration>`
        + `</Credentials></${action}Result></${action}Response>`);
}


function failure(status, type, message = 'made up') {
    return { status, headers: { 'Content-Type': 'application/x-amz-json-1.1' },
        body: JSON.stringify({ __type: type, message }) };
}


function xml(status, body) {
    return { status, headers: { 'Content-Type': 'text/xml' }, body };
}


function xmlFailure(status, code, message = 'made up') {
    return xml(status, '<ErrorResponse><Error><Type>Sender</Type>'
        + `<Code>${code}</Code><Message>${message}</Message></Error>`
        + '</ErrorResponse>');
}
