#!/bin/sh
# Trains on a machine with a GPU that is lent for minutes and reaches nothing: what it needs travels in one small folder,
# the weights come back in pieces of at most 15 MiB.
# usage: gpu.sh pack OUT FOLDER             here: the icons of the vocabulary (train.sh made them in OUT) and the wheels
#        gpu.sh train FOLDER RESULT [...]   there: draws the data, trains on from the bundled checkpoint, exports; about ten
#                                           minutes, eight of them training. Further options go to `python -m recipe`.
#        gpu.sh join RESULT MODEL           here: puts the pieces together and checks them
# Environment: PYTHON (default python3; there it must have torch, transformers, tokenizers, safetensors, numpy, pillow);
# WORK (there: where the data are kept; default a new folder below TMPDIR).
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
python=${PYTHON:-python3}
usage() {
  sed -n '3,8s/^# \{0,1\}//p' "$0" >&2
  exit 2
}
[ $# -ge 3 ] || usage
whole() { (mkdir -p "$1" && CDPATH='' cd -- "$1" && pwd -P); }

case $1 in
pack)
  out=$(whole "$2")
  folder=$(whole "$3")
  (cd "$here" && "$python" -m recipe.pack_icons pack "$out/icons" "$folder/icons.npz")
  "$python" -m pip download --quiet --no-deps --only-binary=:all: --dest "$folder" \
    "$(grep '^diffusers==' "$here/requirements.txt")"
  du -sh "$folder"
  ;;
train)
  folder=$(whole "$2")
  result=$(whole "$3")
  shift 3
  work=$(whole "${WORK:-$(mktemp -d)}")
  if ! "$python" -c 'import diffusers' 2>/dev/null; then
    "$python" -m pip install --quiet --no-index --no-deps --target "$work/site" "$folder"/*.whl
    PYTHONPATH="$work/site${PYTHONPATH:+:$PYTHONPATH}"
    export PYTHONPATH
  fi
  cd "$here"
  "$python" -m recipe.pack_icons unpack "$folder/icons.npz" "$work/icons"
  "$python" -m recipe --out "$work" --preset lease --until export \
    --from-checkpoint "$here/../bundled-model/src/main/resources/dev/triptych/model/bundled" "$@"
  cp "$work/sheet.png" "$result/"
  tar -C "$work" -cf - model | split -b 15m - "$result/model.tar."
  (cd "$result" && sha256sum model.tar.* >model.sha256)
  ls -l "$result"
  ;;
join)
  result=$(whole "$2")
  (cd "$result" && sha256sum --quiet --check model.sha256)
  mkdir -p "$3"
  cat "$result"/model.tar.* | tar -C "$3" --strip-components 1 -xf -
  ;;
*) usage ;;
esac
