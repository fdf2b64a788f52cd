// Cost rows from a FOCUS CSV file (https://focus.finops.org): RFC 4180 with
// NULL for an absent value.

import { readFileSync } from 'node:fs';

import { parseDay } from './calendar.mjs';
import { parseDecimal } from './decimal.mjs';


const COLUMNS = [
    'SubAccountId', 'ServiceName', 'RegionId', 'ChargePeriodStart',
    'BilledCost',
];


export class FocusFile {
    constructor(path) {
        this.accounts = new Map();

        for (const record of readRecords(readFileSync(path, 'utf8'))) {
            this.addRecord(record);
        }
    }

    get linked() {
        return [...this.accounts.keys()].sort();
    }

    addRecord(record) {
        const account = record.SubAccountId;
        if (account === null) {
            return;
        }

        const day = parseDay(record.ChargePeriodStart?.slice(0, 10));
        if (Number.isNaN(day)) {
            throw new Error(`bad date "${record.ChargePeriodStart}"`);
        }

        if (!this.accounts.has(account)) {
            this.accounts.set(account, []);
        }

        this.accounts.get(account).push({
            day,
            region: record.RegionId ?? '',
            service: record.ServiceName ?? '',
            usageType: record.ChargeDescription ?? '',
            instanceType: '',
            cost: parseDecimal(record.BilledCost),
            quantity: parseDecimal(record.ConsumedQuantity ?? '0', { cut: true }),
        });
    }

    // As Generator.rows(); the file has its own idea of today.
    rows(account, start, end, today, add) {
        for (const row of this.accounts.get(account) ?? []) {
            if (row.day >= start && row.day <= end) {
                add(row);
            }
        }
    }
}


// Yields one object per line, keyed by the header; NULL and empty are null.
function* readRecords(text) {
    const lines = parseCsv(text);
    const header = lines.next().value ?? [];

    for (const name of COLUMNS) {
        if (!header.includes(name)) {
            throw new Error(`no column "${name}"`);
        }
    }

    for (const fields of lines) {
        if (fields.length !== header.length) {
            throw new Error(
                `${fields.length} fields instead of ${header.length}`);
        }
        yield Object.fromEntries(
            fields.map((field, i) => [header[i], nullable(field)]));
    }
}


function nullable(field) {
    return field === 'NULL' || field === '' ? null : field;
}


// RFC 4180: yields each record as a list of fields.
export function* parseCsv(text) {
    const token = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r?\n|$)/y;
    let fields = [];

    token.lastIndex = text.startsWith('\ufeff') ? 1 : 0;

    while (token.lastIndex < text.length) {
        const at = token.lastIndex;
        const match = token.exec(text);
        if (match === null) {
            throw new Error(`not CSV at offset ${at}`);
        }

        const [, field, separator] = match;
        fields.push(field.startsWith('"')
            ? field.slice(1, -1).replaceAll('""', '"')
            : field);

        if (separator !== ',') {
            yield fields;
            fields = [];
        }
    }

    if (fields.length > 0) {
        yield [...fields, ''];
    }
}
