
/* Hyperbilling's region codes. */

#include "providers/hyperbilling_aws.h"


/* Where costs without a region go; SpaceONE's client does so. */
#define HYPERBILLING_AWS_NO_REGION "us-east-1"


typedef struct {
    const char *code;
    const char *region;
} hyperbilling_aws_region_t;


/*
 * AWS' codes of regions in bills (docs.aws.amazon.com, "AWS Region billing
 * codes"), so that a region's costs add up with those that AWS tells itself.
 * Beside them "CPT", which the first client has for Cape Town
 * (manager/cost_manager.py, its map after ce20748), and zones that have no
 * region, as it names them.  "EU" could also be CloudFront's zone; AWS and the
 * map take it for Ireland.  What is in no list stays as it is.
 */
static const hyperbilling_aws_region_t hyperbilling_aws_regions[] = {
    { "AFS1", "af-south-1" },
    { "APE1", "ap-east-1" },
    { "APE2", "ap-east-2" },
    { "APN1", "ap-northeast-1" },
    { "APN2", "ap-northeast-2" },
    { "APN3", "ap-northeast-3" },
    { "APS1", "ap-southeast-1" },
    { "APS2", "ap-southeast-2" },
    { "APS3", "ap-south-1" },
    { "APS4", "ap-southeast-3" },
    { "APS5", "ap-south-2" },
    { "APS6", "ap-southeast-4" },
    { "APS7", "ap-southeast-5" },
    { "APS8", "ap-southeast-6" },
    { "APS9", "ap-southeast-7" },
    { "CAN1", "ca-central-1" },
    { "CAN2", "ca-west-1" },
    { "CPT", "af-south-1" },
    { "EU", "eu-west-1" },
    { "EUC1", "eu-central-1" },
    { "EUC2", "eu-central-2" },
    { "EUN1", "eu-north-1" },
    { "EUS1", "eu-south-1" },
    { "EUS2", "eu-south-2" },
    { "EUW2", "eu-west-2" },
    { "EUW3", "eu-west-3" },
    { "ILC1", "il-central-1" },
    { "MEC1", "me-central-1" },
    { "MES1", "me-south-1" },
    { "MXC1", "mx-central-1" },
    { "SAE1", "sa-east-1" },
    { "UGE1", "us-gov-east-1" },
    { "UGW1", "us-gov-west-1" },
    { "USE1", "us-east-1" },
    { "USE2", "us-east-2" },
    { "USW1", "us-west-1" },
    { "USW2", "us-west-2" },

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
