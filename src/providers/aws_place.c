
/*
 * Partitions and regions.  Sources: botocore's partitions.json (prefixes of
 * regions, DNS suffixes) and its endpoint rules of Cost Explorer and STS.
 */

#include "providers/aws.h"

#include "providers/request.h"


#define AWS_PLACE_REGION_MAX 32


typedef struct {
    const char *prefix; /* of its regions */
    const char *partition;
    const char *suffix;
} aws_partition_t;


static billing_str_t          aws_place_label(billing_str_t *host);
static billing_str_t          aws_place_told(billing_str_t url);
static const aws_partition_t *aws_place_partition(billing_str_t region);


static const aws_partition_t aws_partitions[] = {
    { "cn-", "aws-cn", "amazonaws.com.cn" },
    { "us-gov-", "aws-us-gov", "amazonaws.com" },
    { "eusc-", "aws-eusc", "amazonaws.eu" },
    { "us-iso-", "aws-iso", "c2s.ic.gov" },
    { "us-isob-", "aws-iso-b", "sc2s.sgov.gov" },
    { "eu-isoe-", "aws-iso-e", "cloud.adc-e.uk" },
    { "us-isof-", "aws-iso-f", "csp.hci.ic.gov" },
    { "", "aws", "amazonaws.com" },
};


void
billing_aws_place(
    const billing_question_t *question, billing_aws_place_t *place)
{
    billing_str_t          region;
    const aws_partition_t *partition;

    region = question->region;

    if (region.len == 0) {
        region = aws_place_told(question->endpoint);
    }

    if (region.len == 0) {
        region = billing_str("us-east-1");
    }

    partition = aws_place_partition(region);

    place->region = region;
    place->partition = partition->partition;
    place->suffix = partition->suffix;
}


/* "sts.amazonaws.com" is signed for us-east-1. */
billing_status_t
billing_aws_sts(const billing_question_t *question, billing_buf_t *url,
    billing_buf_t *scope)
{
    billing_str_t       region;
    billing_aws_place_t place;

    billing_aws_place(question, &place);
    region = place.region;

    if (question->login.len == 0) {
        (void) billing_buf_addf(url, "https://sts.%.*s.%s/", (int) region.len,
            region.data, place.suffix);

    } else {
        (void) billing_buf_add_str(url, question->login);
        (void) billing_buf_add_char(url, '/');

        if (billing_request_is_host(question->login, "sts.amazonaws.com")) {
            region = billing_str("us-east-1");

        } else if (aws_place_told(question->login).len > 0) {
            region = aws_place_told(question->login);
        }
    }

    (void) billing_buf_addf(
        scope, "aws:amz:%.*s:sts", (int) region.len, region.data);

    return url->status != BILLING_OK ? url->status : scope->status;
}


billing_status_t
billing_aws_endpoint(billing_str_t region, billing_buf_t *endpoint)
{
    if (!billing_aws_is_region(region)) {
        return BILLING_INVALID;
    }

    return billing_buf_addf(endpoint, "https://ce.%.*s.%s", (int) region.len,
        region.data, aws_place_partition(region)->suffix);
}


/* Two groups of letters at least, and a number: "us-gov-west-1". */
int
billing_aws_is_region(billing_str_t text)
{
    char     c;
    size_t   i;
    unsigned hyphens;

    if (text.len > AWS_PLACE_REGION_MAX) {
        return 0;
    }

    for (i = 0, hyphens = 0; i < text.len; i++) {
        c = text.data[i];

        if (c >= '0' && c <= '9') {
            break;
        }

        if (c == '-' && (i == 0 || text.data[i - 1] == '-')) {
            return 0;
        }

        if (c != '-' && (c < 'a' || c > 'z')) {
            return 0;
        }

        hyphens += c == '-';
    }

    return i > 0 && hyphens >= 2 && text.data[i - 1] == '-'
           && i + 1 == text.len;
}


/* The label nearest to the suffix that is a region; empty: none is. */
static billing_str_t
aws_place_told(billing_str_t url)
{
    billing_str_t host, label;

    host = billing_request_host(url);

    while (host.len > 0) {
        label = aws_place_label(&host);

        if (billing_aws_is_region(label)) {
            return label;
        }
    }

    return (billing_str_t){ NULL, 0 };
}


/* Cuts the last label off. */
static billing_str_t
aws_place_label(billing_str_t *host)
{
    size_t        i;
    billing_str_t label;

    for (i = host->len; i > 0 && host->data[i - 1] != '.'; i--) { /* void */
    }

    label = (billing_str_t){ host->data + i, host->len - i };
    host->len = i > 0 ? i - 1 : 0;

    return label;
}


static const aws_partition_t *
aws_place_partition(billing_str_t region)
{
    size_t                 len;
    const aws_partition_t *partition;

    for (partition = aws_partitions; /* void */; partition++) {
        len = strlen(partition->prefix);

        if (region.len >= len
            && strncmp(region.data, partition->prefix, len) == 0) {
            return partition;
        }
    }
}


/* "arn:aws-cn:iam::..." */
int
billing_aws_is_of(billing_str_t arn, const char *partition)
{
    size_t len;

    len = strlen(partition);

    return arn.len > len + 5 && memcmp(arn.data, "arn:", 4) == 0
           && memcmp(arn.data + 4, partition, len) == 0
           && arn.data[4 + len] == ':';
}
