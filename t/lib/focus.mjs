// What FOCUS (focus.finops.org) demands of a table of costs, as far as tables
// without prices and resources can break it: its columns, their types, what may
// be null, and what goes with what.  Rules are told in words of our own; the
// numbers of columns are those of versions 1.0, 1.2 and 1.4.

import { linesOf, rowsOf } from './csv.mjs';


const DECIMAL = /^-?\d+(\.\d+)?$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const CURRENCY = /^[A-Z]{3}$/;
const TEXT = /^[^\0]+$/;
const ALL = ['1.0', '1.2', '1.4'];
const OLD = ['1.0', '1.2'];

const CATEGORIES = ['Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment'];
const FREQUENCIES = ['One-Time', 'Recurring', 'Usage-Based'];
const SERVICES = ['AI and Machine Learning', 'Analytics',
    'Business Applications', 'Compute', 'Databases', 'Developer Tools',
    'Multicloud', 'Identity', 'Integration', 'Internet of Things',
    'Management and Governance', 'Media', 'Migration', 'Mobile', 'Networking',
    'Security', 'Storage', 'Web', 'Other'];

// Column: what its cells are, whether they may be null, whether it may be
// missing, versions that have it.
const column = (is, { nulls = false, optional = false, versions = ALL } = {}) =>
    ({ is, nulls, optional, versions });

const COLUMNS = {
    BilledCost: column(DECIMAL),
    BillingAccountId: column(TEXT),
    BillingAccountName: column(TEXT, { nulls: true }),
    BillingCurrency: column(CURRENCY),
    BillingPeriodEnd: column(TIME),
    BillingPeriodStart: column(TIME),
    ChargeCategory: column(CATEGORIES),
    ChargeClass: column(['Correction'], { nulls: true }),
    ChargeDescription: column(TEXT, { nulls: true }),
    ChargeFrequency: column(FREQUENCIES, { optional: true }),
    ChargePeriodEnd: column(TIME),
    ChargePeriodStart: column(TIME),
    ConsumedQuantity: column(DECIMAL, { nulls: true, optional: true }),
    ConsumedUnit: column(TEXT, { nulls: true, optional: true }),
    ContractedCost: column(DECIMAL),
    EffectiveCost: column(DECIMAL),
    HostProviderName: column(TEXT, { versions: ['1.4'] }),
    InvoiceIssuerName: column(TEXT),
    ListCost: column(DECIMAL),
    PricingQuantity: column(DECIMAL, { nulls: true }),
    PricingUnit: column(TEXT, { nulls: true }),
    ProviderName: column(TEXT, { versions: OLD }),
    PublisherName: column(TEXT, { versions: OLD }),
    RegionId: column(TEXT, { nulls: true }),
    RegionName: column(TEXT, { nulls: true }),
    ServiceCategory: column(SERVICES),
    ServiceName: column(TEXT),
    ServiceProviderName: column(TEXT, { versions: ['1.4'] }),
    SubAccountId: column(TEXT, { nulls: true }),
    SubAccountName: column(TEXT, { nulls: true }),
};

// Texts that stand for nothing are no way to say null.
const NOTHING = /^(null|none|n\/a|not applicable|nan|-)$/i;

const priced = ({ ChargeCategory, ChargeClass }) =>
    ['Usage', 'Purchase'].includes(ChargeCategory)
    && ChargeClass !== 'Correction';

// [what is demanded, of which rows it holds]
const RULES = [
    ['a quantity goes with a unit', (row) =>
        (row.PricingQuantity === '') === (row.PricingUnit === '')],
    ['what is used or bought has a quantity', (row) =>
        !priced(row) || row.PricingQuantity !== ''],
    ['a tax has none', (row) =>
        row.ChargeCategory !== 'Tax' || row.PricingQuantity === ''],
    ['a purchase is not billed by use', (row) =>
        row.ChargeCategory !== 'Purchase'
        || row.ChargeFrequency !== 'Usage-Based'],
    ['a region has a name', (row) =>
        (row.RegionId === '') === (row.RegionName === '')],
    ['a sub account has a name', (row) =>
        (row.SubAccountId === '') === (row.SubAccountName === '')],
    ['what is consumed goes with a unit', (row) =>
        (row.ConsumedQuantity ?? '') === '' === ((row.ConsumedUnit ?? '') === '')],
    ['periods end behind their start', (row) =>
        row.BillingPeriodStart < row.BillingPeriodEnd
        && row.ChargePeriodStart < row.ChargePeriodEnd],
    ['a charge lies in its billing period', (row) =>
        row.ChargePeriodStart >= row.BillingPeriodStart
        && row.ChargePeriodEnd <= row.BillingPeriodEnd],
    ['billing periods are months', (row) =>
        row.BillingPeriodStart.endsWith('-01T00:00:00Z')
        && row.BillingPeriodEnd === monthAfter(row.BillingPeriodStart)],
];


// What is wrong with a file: sentences, none if nothing is.
export function focusErrors(text, version) {
    const errors = new Set();
    const [names] = linesOf(text);
    const rows = rowsOf(text);
    const categories = new Map();

    for (const [name, { versions, optional }] of Object.entries(COLUMNS)) {
        if (versions.includes(version) && !optional && !names.includes(name)) {
            errors.add(`${name} is missing`);
        }
        if (!versions.includes(version) && names.includes(name)) {
            errors.add(`${version} has no ${name}`);
        }
    }
    names.filter((name) => COLUMNS[name] === undefined
        && !/^x_[A-Z][A-Za-z]*$/.test(name))
        .forEach((name) => errors.add(`there is no column ${name}`));
    const own = names.findIndex((name) => name.startsWith('x_'));
    if (own !== -1
        && names.slice(own).some((name) => !name.startsWith('x_'))) {
        errors.add('columns of our own come last');
    }

    for (const row of rows) {
        for (const name of names) {
            const rule = COLUMNS[name];

            if (NOTHING.test(row[name])) {
                errors.add(`${name} says ${row[name]}`);
            }
            if (rule === undefined) {
                continue;
            }
            if (row[name] === '' ? !rule.nulls : !(Array.isArray(rule.is)
                ? rule.is.includes(row[name]) : rule.is.test(row[name]))) {
                errors.add(`${name} is ${JSON.stringify(row[name])}`);
            }
        }
        RULES.filter(([, holds]) => !holds(row))
            .forEach(([rule]) => errors.add(`${rule}: ${JSON.stringify(row)}`));

        const known = categories.get(row.ServiceName) ?? row.ServiceCategory;
        if (known !== row.ServiceCategory) {
            errors.add(`${row.ServiceName} has two categories`);
        }
        categories.set(row.ServiceName, known);
    }
    return [...errors];
}


function monthAfter(start) {
    const date = new Date(start);

    date.setUTCMonth(date.getUTCMonth() + 1);
    return date.toISOString().replace('.000Z', 'Z');
}
