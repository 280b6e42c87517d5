#!/bin/bash
# gcc with a large file: driver, compiler, assembler and linker, connected by pipes and temporary files.
set -u
directory=$1 go=$2
mkdir -p "$directory/tmp"
cd "$directory"
export TMPDIR=$directory/tmp
awk 'BEGIN {
    print "#include <stdio.h>\n#include <string.h>"
    for (f = 0; f < 250; f++) {
        print "static unsigned long f" f "(unsigned long *a, int n) { unsigned long s = " f ";"
        print "  for (int i = 0; i < n; i++) { switch (a[i] % 7) {"
        for (c = 0; c < 6; c++) print "    case " c ": s += a[i] * " (f * 31 + c * 17 + 3) "u ^ (s >> " c + 1 "); break;"
        print "    default: a[i] ^= s; } } return s; }"
    }
    print "int main(void) { unsigned long a[64], s = 0; for (int i = 0; i < 64; i++) a[i] = i * 2654435761u;"
    for (f = 0; f < 250; f++) print "  s ^= f" f "(a, 64);"
    print "  printf(\"%lx\\n\", s); return 0; }"
}' >large.c

while :; do
    gcc -O2 -pipe -o program large.c || echo "gcc $?"
    echo "pipes: $(sha256sum <program | cut -c 1-16) prints $(./program)"
    gcc -O1 -o program large.c || echo "gcc $?"
    echo "files: $(sha256sum <program | cut -c 1-16) prints $(./program)"
    [ ! -e "$go" ] || break
done
ls tmp
echo "done"
