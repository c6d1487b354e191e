#!/usr/bin/env bash
# Brings a table of both sides' lists, such as compilation_relations.csv, into a new ledger.
# usage: docs/mappings/compilation.sh TABLE DIR      (CHANCERY names the command, else `chancery`)
# Prints the report of the import as JSON; ends with 1 when rows were refused, which is usual.
set -euo pipefail
table=$1 ledger=$2
chancery=${CHANCERY:-chancery}
here=$(cd "$(dirname "$0")" && pwd)
"$chancery" init "$ledger" --origin chancery.example/compilation --quiet >/dev/null
"$chancery" record "$here/../../log/batches/01-entities.jsonl" --ledger "$ledger" --quiet >/dev/null
"$chancery" import "$table" --mapping "$here/compilation_relations.toml" --ledger "$ledger" --format json
