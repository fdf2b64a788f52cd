
/*
 * JSON Web Tokens signed with an RSA key (RFC 7519; RS256 of RFC 7518
 * section 3.3), as clouds take them from service accounts.
 */

#ifndef BILLING_PROVIDERS_JWT_H
#define BILLING_PROVIDERS_JWT_H

#include <jansson.h>

#include "core/buf.h"


#define BILLING_JWT_KEY_MAX 8192 /* bytes of a private key's PEM text */
#define BILLING_JWT_MAX     6144 /* bytes of a token */


/*
 * Replaces the private key in a member of an object by clean PEM.  People
 * paste keys from JSON, with "\n" for line breaks, or into a field of one
 * line, which loses them: white space and "\n" do not count.
 * BILLING_INVALID when it is no unencrypted RSA key (PKCS #8 or #1) that can
 * sign.
 */
billing_status_t billing_jwt_check(json_t *object, const char *member);

/*
 * Appends a token of the claims, an object, signed with a key that was
 * checked.  kid, the key's id, may be NULL.  BILLING_INVALID when the key
 * cannot sign.
 */
billing_status_t billing_jwt_sign(billing_str_t key, const char *kid,
    const json_t *claims, billing_buf_t *token);


#endif /* BILLING_PROVIDERS_JWT_H */
