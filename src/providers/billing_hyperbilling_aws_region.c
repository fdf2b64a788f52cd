
/* Hyperbilling's region codes. */

#include "billing_hyperbilling_aws.h"


/* Where costs without a region go; SpaceONE's client does so. */
#define HYPERBILLING_AWS_NO_REGION "us-east-1"


typedef struct {
    const char *code;
    const char *region;
} hyperbilling_aws_region_t;


/*
 * From manager/cost_manager.py of the first client (its map after ce20748).
 * The second part are zones that have no region, as that map names them.
 * "EU" could also be CloudFront's zone; the map takes it for Ireland.
 */
static const hyperbilling_aws_region_t hyperbilling_aws_regions[] = {
    { "APE1", "ap-east-1" },
    { "APN1", "ap-northeast-1" },
    { "APN2", "ap-northeast-2" },
    { "APN3", "ap-northeast-3" },
    { "APS1", "ap-southeast-1" },
    { "APS2", "ap-southeast-2" },
    { "APS3", "ap-south-1" },
    { "CAN1", "ca-central-1" },
    { "CPT", "af-south-1" },
    { "EUN1", "eu-north-1" },
    { "EUC1", "eu-central-1" },
    { "EU", "eu-west-1" },
    { "EUW2", "eu-west-2" },
    { "EUW3", "eu-west-3" },
    { "MES1", "me-south-1" },
    { "SAE1", "sa-east-1" },
    { "USE1", "us-east-1" },
    { "USE2", "us-east-2" },
    { "USW1", "us-west-1" },
    { "USW2", "us-west-2" },

    { "UGW1", "AWS GovCloud (US-West)" },
    { "UGE1", "AWS GovCloud (US-East)" },
    { "AP", "Asia Pacific" },
    { "AU", "Australia" },
    { "CA", "Canada" },
    { "IN", "India" },
    { "JP", "Japan" },
    { "ME", "Middle East" },
    { "SA", "South America" },
    { "US", "United States" },
    { "ZA", "South Africa" },
};

#define HYPERBILLING_AWS_REGIONS \
    (sizeof(hyperbilling_aws_regions) / sizeof(hyperbilling_aws_regions[0]))


billing_str_t
billing_hyperbilling_aws_region(billing_str_t code)
{
    size_t        i;
    billing_str_t known;

    if (code.len == 0) {
        return billing_str(HYPERBILLING_AWS_NO_REGION);
    }

    for (i = 0; i < HYPERBILLING_AWS_REGIONS; i++) {
        known = billing_str_from(hyperbilling_aws_regions[i].code);

        if (billing_str_eq(code, known)) {
            return billing_str_from(hyperbilling_aws_regions[i].region);
        }
    }

    return code;
}
