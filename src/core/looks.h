
/*
 * What a name looks like.  Two names that people cannot tell apart look alike
 * in one of three ways: as they are written, in small letters, in capitals -
 * for letters of other scripts often resemble ours in one case only.
 */

#ifndef BILLING_CORE_LOOKS_H
#define BILLING_CORE_LOOKS_H

#include "core/buf.h"


/*
 * Appends the three skeletons of a name (Unicode Technical Standard 39, section
 * 4; ICU has the tables), a line each, with "w", "s" or "c" before it.  Blanks
 * are one, and what has no shape is left out.  The name is valid UTF-8.
 */
billing_status_t billing_looks(billing_str_t name, billing_buf_t *out);


#endif /* BILLING_CORE_LOOKS_H */
