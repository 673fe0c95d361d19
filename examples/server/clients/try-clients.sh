#!/usr/bin/env bash
# Lets clients that are not ours make, edit and stream a picture on a running server (./triptych serve). Those that are
# not installed are named and left out:  pip install openai webuiapi  and, in this folder,  npm install --no-save openai
set -uo pipefail
cd "$(dirname "$0")"
export BASE=${1:-http://127.0.0.1:7860}
failed=0
try() { # name, command that finds the client, command that uses it
  if ! eval "$2" >/dev/null 2>&1; then
    echo "skipped  $1: not installed"
  elif eval "$3"; then
    echo "passed   $1"
  else
    echo "FAILED   $1"
    failed=1
  fi
}
python=${PYTHON:-python3}
try "openai for Python" "$python -c 'import openai'" "$python try_openai.py"
try "webuiapi for Python" "$python -c 'import webuiapi'" "$python try_webuiapi.py"
try "openai for Node" "node --input-type=module -e 'import \"openai\"'" "node try-openai.mjs"
exit $failed
