#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# wordcount_test.sh WORDCOUNT: the program against its serial count, and against tr, sort and uniq.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/../faults/jobs.sh"
wordcount=$1

# generate SEED WORDS: the same text every time. Some words are frequent, many occur once, a few are very long; lines
# end with and without blanks, and some characters take two or three bytes.
generate() {
  LC_ALL=C awk -v seed="$1" -v words="$2" 'BEGIN {
    gaps = "  \t.,-_()\n"
    for (i = 0; i < words; ++i) {
      seed = (seed * 16807) % 2147483647
      kind = seed % 10
      if (kind < 5) word = "w" (seed % 97)
      else if (kind < 7) word = "Title" (seed % 5003)
      else if (kind < 8) word = "caf\303\251" (seed % 11) "\342\202\254"
      else word = "x" seed
      if (seed % 9973 == 0) for (j = 0; j < 8; ++j) word = word word
      printf "%s%s", word, substr(gaps, seed % length(gaps) + 1, 1)
    }
  }'
}

# The model: words, distinct words and the most frequent ones of some files, with the tools of the system.
model() {
  local file
  for file in "$@"; do
    LC_ALL=C tr -cs 'A-Za-z0-9\200-\377' '\n' <"$file"
    echo
  done | LC_ALL=C tr '[:upper:]' '[:lower:]' | LC_ALL=C awk 'length { ++count[$0]; ++words }
    END { print "words", words + 0; for (word in count) print word, count[word] | "LC_ALL=C sort -k2,2nr -k1,1" }' \
    >"$work/counted"
  head -n 1 "$work/counted"
  echo "distinct $(($(wc -l <"$work/counted") - 1))"
  sed -n '2,11p' "$work/counted" | cut -c 1-24
}

# What the program printed, in the same form. A long word is shown cut.
printed() { sed -nE 's/^(words|distinct) +/\1 /p; s/^([^ ]+) +([0-9]+)  #+$/\1 \2/p' "$out" | cut -c 1-24; }

as_the_model() { diff "$1" <(printed) >"$work/difference" || complain "differs: $(cat "$work/difference")"; }

generate 1 200000 >"$work/large.txt"
generate 2 3000 >"$work/small.txt"
printf 'no line end' >"$work/tiny.txt"
: >"$work/empty.txt"
head -c 3000000 /dev/zero | tr '\0' 'q' >"$work/one_word.txt"
model "$work/large.txt" >"$work/model_of_large"
model "$work/small.txt" >"$work/model_of_small"
model "$work"/{small,empty,large,tiny,small,one_word}.txt >"$work/model_of_many"

for ranks in 0 1 2 4; do
  launch "$ranks" "$wordcount" --check "$work/large.txt"
  expect_status 0
  expect_out '^check: equal to the serial count$'
  as_the_model "$work/model_of_large"
  expect_clean

  launch "$ranks" "$wordcount" --check "$work"/{small,empty,large,tiny,small,one_word}.txt
  expect_status 0
  expect_out '^check: equal to the serial count$'
  expect_clean

  launch "$ranks" "$wordcount" --with dict --check "$work"/{small,empty,large,tiny,small,one_word}.txt
  expect_status 0
  expect_out '^check: equal to the serial count$'
  as_the_model "$work/model_of_many"
  expect_clean
done

launch 2 "$wordcount" --with dict --check "$work/empty.txt"
expect_status 0
expect_out '^words +0$'
expect_out '^check: equal to the serial count$'

launch 2 "$wordcount" "$work"/{small,empty,large,tiny,small,one_word}.txt
expect_status 0
as_the_model "$work/model_of_many"

launch 2 "$wordcount" --serial "$work/small.txt"
expect_status 0
as_the_model "$work/model_of_small"

launch 2 "$wordcount" --check "$work/empty.txt"
expect_status 0
expect_out '^words +0$'
expect_out '^distinct +0$'

launch 2 "$wordcount" --top 3 "$work/large.txt"
expect_status 0
expect_lines 3 out '#$'

launch 2 "$wordcount" --help
expect_status 0
expect_lines 1 out '^Usage: wordcount'
expect_out '--check'

# What cannot be read is named, each file once, and nothing is counted.
launch 2 "$wordcount" "$work/small.txt" "$work/missing.txt" "$work"
expect_status 2
expect_lines 1 err 'missing.txt.*No such file'
expect_lines 1 err 'is a directory'
expect_lines 0 out '^words'

launch 2 "$wordcount"
expect_status 2
expect_lines 1 err 'FILE is required'

launch 2 "$wordcount" --serial --check "$work/small.txt"
expect_status 2

launch 2 "$wordcount" --serial --with dict "$work/small.txt"
expect_status 2
expect_lines 1 err 'excludes'

launch 2 "$wordcount" --with queue "$work/small.txt"
expect_status 2
expect_lines 1 err 'queue not in'

launch 2 "$wordcount" --top -1 "$work/small.txt"
expect_status 2
expect_lines 1 err 'not in range'
expect_clean
