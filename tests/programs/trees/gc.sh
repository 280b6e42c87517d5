#!/bin/bash
# git: a generated history, gc with threads, fsck.
set -u
directory=$1 go=$2
mkdir -p "$directory"
cd "$directory"
export HOME=$directory GIT_CONFIG_NOSYSTEM=1
git init -q --bare --initial-branch=main history
# A stream of commits with files that grow and change, the same in each run.
awk 'BEGIN {
    for (c = 1; c <= 300; c++) {
        print "commit refs/heads/main\ncommitter A <a@b> " 1700000000 + c " +0000\ndata 7\ncommit\n"
        for (f = 0; f < 4; f++) {
            text = ""
            for (l = 0; l < 150; l++) text = text "line " (l * 7919 + (l % 10 == c % 10 ? c : 0) * 104729 + f) "\n"
            print "M 644 inline file" (c * 4 + f) % 60 "\ndata " length(text) "\n" text
        }
    }
}' | git -C history -c fastimport.unpackLimit=100000 fast-import --quiet || exit 1

while :; do
    rm -rf copy
    cp -r history copy
    git -C copy -c pack.threads=4 gc -q --aggressive --prune=now || echo "gc $?"
    echo "commits $(git -C copy rev-list --count main) tree $(git -C copy rev-parse main^{tree})"
    git -C copy count-objects -v | grep -E '^(count|in-pack|packs|garbage)'
    git -C copy fsck --full --strict 2>&1
    git clone -q copy clone && (cd clone && cat file* | md5sum)
    rm -rf clone
    [ ! -e "$go" ] || break
done
echo "done"
