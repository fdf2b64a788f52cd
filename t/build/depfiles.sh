#!/usr/bin/env bash
# depfiles.sh FOLDER: has nginx's make, in a FOLDER that is configured, compile
# what a change concerns, and nothing else.  By itself it compiles all of a module
# when one of the headers changes that the module's "config" names.
set -euo pipefail

src=$(cd "$(dirname "$0")/../../src" && pwd)
makefile=$1/objs/Makefile

{
    echo 'override ADDON_DEPS :='
    cat "$makefile"
    cat << END

CC += -MMD -MP
-include \$(wildcard objs/addon/*/*.d)

# What the assembler takes in, the compiler does not tell: C:FILE.
embedded = \$(shell cd $src && grep -oE '[a-z]+/\w+\.(lua|json)' */*.c)
\$(foreach pair,\$(embedded),\$(eval \\
    objs/addon/\$(basename \$(firstword \$(subst :, ,\$(pair)))).o: \\
    \$(wildcard $src/\$(lastword \$(subst :, ,\$(pair))))))
END
} > "$makefile.new"
mv "$makefile.new" "$makefile"
