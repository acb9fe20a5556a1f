#!/bin/sh
# Build .e2e/venv: real servers, independent clients and leeward from this checkout. Does nothing when it is up to date.
# LEEWARD_E2E_PYTHON names another interpreter (3.11 or newer).
set -eu
cd "$(dirname "$0")/../.."

python="${LEEWARD_E2E_PYTHON:-}"
if [ -z "$python" ]; then
    for candidate in .venv/bin/python python3.13 python3.12 python3.11 python3; do
        if "$candidate" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            python="$candidate"
            break
        fi
    done
fi
if [ -z "$python" ]; then
    echo "The end-to-end tests need Python 3.11 or newer with its venv module." >&2
    exit 1
fi

venv=.e2e/venv
stamp=.e2e/stamp
project='import sys, tomllib
with open("pyproject.toml", "rb") as file: project = tomllib.load(file)["project"]
print(sys.version, sys.prefix, project["version"], project["dependencies"], project["scripts"])'
want="$("$python" -c "$project" | cat - tests/e2e/requirements.txt tests/e2e/constraints.txt tests/e2e/env.sh | cksum)"
if [ -x "$venv/bin/python" ] && [ "$(cat "$stamp" 2>/dev/null || true)" = "$want" ]; then
    exit 0
fi

rm -rf "$venv" "$stamp"
mkdir -p .e2e
log=.e2e/env.log
if ! { "$python" -m venv "$venv" && "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --constraint tests/e2e/constraints.txt --requirement tests/e2e/requirements.txt --editable .; } >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    echo "The environment of the end-to-end tests could not be built; the whole log is in $log." >&2
    exit 1
fi
printf '%s\n' "$want" >"$stamp"
