// The bodies of requests as the clouds document them, as JSON Schemas.  What
// they leave open to later versions (members that are not known, most names
// of an enumeration) is closed here: it would be a slip of ours.
//
//     undocumented('azure', body)    what is wrong, or null

import { createRequire } from 'node:module';


const require = createRequire(
    new URL('../../../html/package.json', import.meta.url));
const { Ajv2020 } = require('ajv/dist/2020.js');
const addFormats = require('ajv-formats').default;

const text = { type: 'string' };
const object = (properties, required = []) =>
    ({ type: 'object', properties, required, additionalProperties: false });
const list = (items, more = {}) => ({ type: 'array', items, ...more });
const one = (...values) => ({ enum: values });


export const schemas = {
    // GetCostAndUsage: docs.aws.amazon.com/aws-cost-management/latest/
    // APIReference/API_GetCostAndUsage.html, and its types Expression,
    // DimensionValues, GroupDefinition and DateInterval.
    aws: {
        ...object({
            BillingViewArn: text,
            Filter: { $ref: '#/$defs/expression' },
            Granularity: one('DAILY', 'MONTHLY', 'HOURLY'),
            GroupBy: list(object({
                Key: { type: 'string', maxLength: 1024 },
                Type: one('DIMENSION', 'TAG', 'COST_CATEGORY'),
            }), { maxItems: 2 }),
            Metrics: list(one('AmortizedCost', 'BlendedCost',
                'NetAmortizedCost', 'NetUnblendedCost',
                'NormalizedUsageAmount', 'UnblendedCost', 'UsageQuantity'),
            { minItems: 1 }),
            NextPageToken: { type: 'string', maxLength: 8192 },
            TimePeriod: object({ Start: { $ref: '#/$defs/date' },
                End: { $ref: '#/$defs/date' } }, ['Start', 'End']),
        }, ['Granularity', 'Metrics', 'TimePeriod']),
        $defs: {
            date: { type: 'string', maxLength: 40, pattern:
                '^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}:\\d{2}Z)?$' },
            values: object({ Key: text, MatchOptions: list(text),
                Values: list({ type: 'string', maxLength: 1024 }) }),
            expression: object({
                And: list({ $ref: '#/$defs/expression' }),
                Or: list({ $ref: '#/$defs/expression' }),
                Not: { $ref: '#/$defs/expression' },
                CostCategories: { $ref: '#/$defs/values' },
                Dimensions: { $ref: '#/$defs/values' },
                Tags: { $ref: '#/$defs/values' },
            }),
        },
    },

    // QueryDefinition: learn.microsoft.com/en-us/rest/api/cost-management/
    // query/usage?view=rest-cost-management-2023-11-01.  Of granularity the
    // page names Daily only; None is in its examples, Monthly is known to work.
    azure: {
        ...object({
            type: one('Usage', 'ActualCost', 'AmortizedCost'),
            timeframe: one('MonthToDate', 'BillingMonthToDate', 'TheLastMonth',
                'TheLastBillingMonth', 'WeekToDate', 'Custom'),
            timePeriod: object({ from: { type: 'string', format: 'date-time' },
                to: { type: 'string', format: 'date-time' } }, ['from', 'to']),
            dataset: object({
                granularity: one('Daily', 'Monthly', 'None'),
                configuration: object({ columns: list(text) }),
                aggregation: { type: 'object', maxProperties: 2,
                    additionalProperties: object(
                        { name: text, function: one('Sum') },
                        ['name', 'function']) },
                grouping: list(object({ type: one('TagKey', 'Dimension'),
                    name: text }, ['type', 'name']), { maxItems: 2 }),
                filter: { $ref: '#/$defs/filter' },
            }),
        }, ['type', 'timeframe', 'dataset']),
        $defs: {
            filter: object({
                and: list({ $ref: '#/$defs/filter' }, { minItems: 2 }),
                or: list({ $ref: '#/$defs/filter' }, { minItems: 2 }),
                dimensions: { $ref: '#/$defs/comparison' },
                tags: { $ref: '#/$defs/comparison' },
            }),
            comparison: object({ name: text, operator: one('In'),
                values: list(text, { minItems: 1 }) },
            ['name', 'operator', 'values']),
        },
    },

    // QueryRequest: cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query
    google: {
        ...object({
            kind: text,
            query: text,
            maxResults: { type: 'integer', minimum: 0 },
            defaultDataset: object({ datasetId: text, projectId: text }),
            timeoutMs: { type: 'integer', minimum: 0 },
            dryRun: { type: 'boolean' },
            useQueryCache: { type: 'boolean' },
            useLegacySql: { type: 'boolean' },
            parameterMode: one('NAMED', 'POSITIONAL'),
            queryParameters: list(object({
                name: text,
                parameterType: { $ref: '#/$defs/type' },
                parameterValue: { $ref: '#/$defs/value' },
            }, ['parameterType', 'parameterValue'])),
            location: text,
            formatOptions: object({ useInt64Timestamp: { type: 'boolean' } }),
            labels: { type: 'object', additionalProperties: text },
            // an integer of 64 bits, as a text
            maximumBytesBilled: { type: 'string', pattern: '^[0-9]{1,19}$' },
            requestId: { type: 'string', maxLength: 36,
                pattern: '^[ -~]*$' },
            createSession: { type: 'boolean' },
        }, ['query']),
        $defs: {
            type: object({ type: text, arrayType: { $ref: '#/$defs/type' } },
                ['type']),
            value: object({ value: text,
                arrayValues: list({ $ref: '#/$defs/value' }) }),
        },
    },
};

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
addFormats(ajv);
const validators = Object.fromEntries(Object.entries(schemas)
    .map(([name, schema]) => [name, ajv.compile(schema)]));


export function undocumented(name, body) {
    const validate = validators[name];

    return validate(body) ? null : ajv.errorsText(validate.errors);
}
