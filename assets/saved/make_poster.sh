#!/bin/sh
# Writes poster.json and poster-control.json again: a real failure of the embedded SmolLM2, and the same review without
# the praise that misleads it. Half a minute of processor time each; run from the repository root.
set -eu
explain() {
  .venv/bin/python -m spex_core explain --model smollm2 --masking removal --budget 400 --seed 0 \
    --template plain --answer positive --against negative --question "Sentiment:" --instruction "Review: A delight from start to finish.
Sentiment: positive

Review: A dull and lifeless mess.
Sentiment: negative

Review:" --expected negative --text "$1" --json "assets/saved/$2"
}
explain "Brilliant and touching, says the poster. I want my money back." poster.json
explain "Long and loud, says the poster. I want my money back." poster-control.json
