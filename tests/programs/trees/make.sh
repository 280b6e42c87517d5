#!/bin/bash
# make -j4 and a C project: generated, built and run in each round.
set -eu
directory=$1 go=$2
mkdir -p "$directory"
cd "$directory"

for unit in $(seq 16); do
    {
        echo '#include "all.h"'
        for function in $(seq 60); do
            echo "unsigned f${unit}_$function(unsigned x) { for (unsigned i = 0; i < x % 17; i++) x = x * ${function}u + ${unit}u + (x >> 3); return x; }"
        done
        echo "unsigned unit$unit(unsigned x) {"
        for function in $(seq 60); do echo "    x = f${unit}_$function(x + 1);"; done
        echo '    return x; }'
    } >"unit$unit.c"
done
{
    echo '#include <stdio.h>'
    for unit in $(seq 16); do echo "unsigned unit$unit(unsigned x);"; done
} >all.h
{
    echo '#include "all.h"'
    echo 'int main(void) { unsigned x = 1;'
    for unit in $(seq 16); do echo "    x = unit$unit(x);"; done
    echo '    printf("%u\n", x); return 0; }'
} >main.c
cat >Makefile <<'MAKE'
objects := main.o $(patsubst %,unit%.o,$(shell seq 16))
program: libunits.a main.o
	gcc -o $@ main.o libunits.a
libunits.a: $(filter-out main.o,$(objects))
	ar rcsD $@ $^
%.o: %.c all.h
	gcc -O1 -c -o $@ $<
clean:
	rm -f *.o *.a program
.PHONY: clean
MAKE

while :; do
    make -s clean
    make -s -j4
    echo "program $(sha256sum <program | cut -c 1-16) prints $(./program)"
    [ ! -e "$go" ] || break
done
echo "done"
