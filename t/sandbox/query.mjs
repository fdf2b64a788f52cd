// POST /v1/search/billing: what was asked, the grouped answer, its pages.

import { createHmac } from 'node:crypto';

import { formatDay, formatMonth, monthOf, parseDay } from './calendar.mjs';
import { formatNumber } from './decimal.mjs';


const CACHED_ROWS_MAX = 150_000;

const groupKeys = {
    USAGE_DATE: (row, query) => query.dateOf(row.day),
    REGION: (row) => row.region,
    SERVICE_CODE: (row) => row.service,
    USAGE_TYPE: (row) => row.usageType,
    INSTANCE_TYPE: (row) => row.instanceType,
};

const resultKeys = {
    USAGE_COST: 'cost',
    USAGE_QUANTITY: 'quantity',
};


export class BadRequest extends Error {}


// The parsed body of a request, without its token.
export class Query {
    constructor(body, monthForm) {
        const filter = object(body, 'body').Filter;
        const period = object(object(filter, 'Filter').TimePeriod,
            'TimePeriod');

        this.linked = strings(filter.LinkedAccount, 'LinkedAccount');
        this.granularity = granularity(filter.Granularity);
        this.start = day(period.Start, 'Start');
        this.end = day(period.End, 'End');
        this.groupBy = strings(body.GroupBy ?? [], 'GroupBy');
        this.result = strings(body.Result, 'Result');
        this.token = token(filter.NextDataToken);
        this.monthForm = monthForm;
        this.dates = new Map();
        this.check();
    }

    check() {
        if (this.linked.length === 0) {
            throw new BadRequest('LinkedAccount is empty');
        }
        if (this.end < this.start) {
            throw new BadRequest('End is before Start');
        }
        for (const key of this.groupBy) {
            if (!(key in groupKeys) && !key.startsWith('TAG:')) {
                throw new BadRequest(`unknown GroupBy "${key}"`);
            }
        }
        for (const key of this.result) {
            if (!(key in resultKeys)) {
                throw new BadRequest(`unknown Result "${key}"`);
            }
        }
    }

    get canonical() {
        return JSON.stringify([this.linked, this.granularity, this.start,
            this.end, this.groupBy, this.result, this.monthForm]);
    }

    dateOf(day) {
        let text = this.dates.get(day);

        if (text === undefined) {
            text = this.granularity === 'DAILY'
                ? formatDay(day)
                : monthText(day, this.monthForm);
            this.dates.set(day, text);
        }

        return text;
    }
}


// Groups the rows of a source; remembers the latest answers.
export class Answers {
    constructor(source) {
        this.source = source;
        this.clear();
    }

    clear() {
        this.cache = new Map();
        this.cachedRows = 0;
    }

    // A list of {group: [...], sums: [BigInt ...]} in the order of first use.
    groups(query, today) {
        const key = `${today} ${query.canonical}`;
        let groups = this.cache.get(key);

        if (groups === undefined) {
            groups = group(this.source, query, today);
            this.cachedRows += groups.length;
        }

        this.cache.delete(key);
        this.cache.set(key, groups);
        this.shrink();

        return groups;
    }

    // The least recently used first; the newest stays in any case.
    shrink() {
        for (const [key, groups] of this.cache) {
            if (this.cachedRows <= CACHED_ROWS_MAX || this.cache.size === 1) {
                return;
            }
            this.cache.delete(key);
            this.cachedRows -= groups.length;
        }
    }
}


// The text of one page; null when there is no row in it (204).
export function page(query, groups, client, settings) {
    const offset = openToken(query, client);
    const rows = groups.slice(offset, offset + settings.page_size);
    const next = offset + rows.length;

    if (rows.length === 0) {
        return null;
    }

    const more = next < groups.length
        || (settings.last_token === 'trailing' && offset < groups.length);
    const texts = rows.map((row) => rowText(query, row, settings));

    return `{"Results":[${texts.join(',\n')}]`
        + tokenText(more ? sealToken(query, client, next) : null, settings)
        + '}';
}


export function pageNumber(query, settings) {
    const offset = Number.parseInt(
        Buffer.from(query.token, 'base64url').toString(), 10) || 0;

    return 1 + Math.floor(offset / settings.page_size);
}


function tokenText(token, settings) {
    if (token !== null) {
        return `,"NextDataToken":${JSON.stringify(token)}`;
    }

    return { null: ',"NextDataToken":null', empty: ',"NextDataToken":""' }[
        settings.last_token] ?? '';
}


function rowText(query, { group, sums }, settings) {
    const quote = settings.numeric_strings ? '"' : '';
    const keys = query.groupBy.map(
        (key, i) => `${JSON.stringify(key)}:${JSON.stringify(group[i])}`);
    const values = query.result.map(
        (key, i) => `"${key}":${quote}${formatNumber(sums[i])}${quote}`);

    return `{"GroupBy":{${keys.join(',')}},"Value":{${values.join(',')}}}`;
}


function group(source, query, today) {
    const groups = new Map();
    const getters = query.groupBy.map((key) => groupKeys[key] ?? (() => ''));
    const fields = query.result.map((key) => resultKeys[key]);

    const add = (row) => {
        const values = getters.map((get) => get(row, query));
        const key = values.join('\0');
        const found = groups.get(key);

        if (found === undefined) {
            groups.set(key,
                { group: values, sums: fields.map((field) => row[field]) });
            return;
        }
        fields.forEach((field, i) => {
            found.sums[i] += row[field];
        });
    };

    for (const account of query.linked) {
        source.rows(account, query.start, query.end, today, add);
    }

    return [...groups.values()];
}


// A token is worth something only with the request that it was given for.
function sealToken(query, client, offset) {
    const seal = createHmac('sha256', client)
        .update(`${offset} ${query.canonical}`)
        .digest('base64url')
        .slice(0, 22);

    return Buffer.from(`${offset}.${seal}`).toString('base64url');
}


function openToken(query, client) {
    if (query.token === '') {
        return 0;
    }

    const text = Buffer.from(query.token, 'base64url').toString();
    const offset = Number.parseInt(text, 10);

    if (sealToken(query, client, offset) !== query.token) {
        throw new BadRequest('NextDataToken does not belong to this request');
    }

    return offset;
}


function monthText(day, form) {
    const month = formatMonth(monthOf(day));

    return { 'yyyy-mm-dd': month + '-01', 'yyyymm': month.replace('-', '') }[
        form] ?? month;
}


function object(value, name) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw new BadRequest(`${name} is not an object`);
    }
    return value;
}


function strings(value, name) {
    if (!Array.isArray(value) || value.some((v) => typeof v !== 'string')) {
        throw new BadRequest(`${name} is not a list of strings`);
    }
    return value;
}


function granularity(value) {
    if (value !== 'DAILY' && value !== 'MONTHLY') {
        throw new BadRequest('Granularity is neither DAILY nor MONTHLY');
    }
    return value;
}


function day(text, name) {
    const value = parseDay(text);
    if (Number.isNaN(value)) {
        throw new BadRequest(`${name} is not a day`);
    }
    return value;
}


function token(value) {
    if (value !== undefined && typeof value !== 'string') {
        throw new BadRequest('NextDataToken is not a string');
    }
    return value ?? '';
}
