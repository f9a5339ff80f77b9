#!/bin/sh
# Runs every fuzz target of the tree for a while: packaging/fuzz.sh TIME
set -eu
grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u | while read -r folder; do
  grep -ho '^func Fuzz[A-Za-z0-9_]*' "$folder"/*_test.go | sed 's/^func //' | while read -r target; do
    echo "fuzz: $folder $target for $1"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "$1" "$folder"
  done
done
