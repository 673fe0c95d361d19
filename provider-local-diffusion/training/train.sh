#!/bin/sh
# From nothing to an exported, evaluated checkpoint: environment, icons, then all stages of the recipe.
# usage: train.sh OUT [options of `python -m recipe`, such as --preset gpu or --from-checkpoint DIR]
# Run it again after a stop: it goes on where it was. The checkpoint: OUT/model; its sheet: OUT/sheet.png; figures: OUT/evaluation.
# Environment: PYTHON (default python3; with PYTHON_READY=1 it has the requirements already and no environment is made);
# ICONS=all renders six more icon collections, for the vocabularies favourites and all.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
if [ $# -lt 1 ]; then
  echo "usage: train.sh OUT [options]" >&2
  exit 2
fi
mkdir -p "$1"
out=$(CDPATH='' cd -- "$1" && pwd -P)
shift

python=${PYTHON:-python3}
if [ "${PYTHON_READY:-0}" != 1 ]; then
  if [ ! -f "$out/python/ready" ]; then
    "$python" -m venv "$out/python"
    "$out/python/bin/pip" install --quiet --requirement "$here/requirements.txt"
    touch "$out/python/ready"
  fi
  python=$out/python/bin/python
fi

if [ ! -f "$out/icons/index.json" ]; then
  mkdir -p "$out/node"
  cp "$here/package.json" "$out/node/"
  [ -d "$out/node/node_modules" ] || (cd "$out/node" && npm install --silent --no-package-lock)
  # A few icons end the renderer; each further round leaves out the one that ended it.
  round=0
  until node "$here/recipe/render_icons.mjs" "$out/node/node_modules" "$out/icons" "${ICONS:-own}" 2>"$out/icons.log"; do
    round=$((round + 1))
    if [ "$round" -ge 30 ]; then
      echo "train.sh: the icons could not be rendered; the last error is in $out/icons.log" >&2
      exit 1
    fi
  done
fi

cd "$here"
if ! grep -q '"set": "fluent-emoji-3d"' "$out/icons/index.json"; then
  "$python" -m recipe.add_pictures "$out/node/node_modules" "$out/icons"
fi
exec "$python" -m recipe --out "$out" "$@"
