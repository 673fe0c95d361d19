#!/usr/bin/env bash
# Asks each hosted server whose key is in the environment for one of its cheapest pictures, and prints what it cost.
# It costs money, so it does nothing without TRIPTYCH_LIVE=1.
set -uo pipefail

if [ "${TRIPTYCH_LIVE:-}" != 1 ]; then
    echo "this calls hosted servers and costs a few cents; set TRIPTYCH_LIVE=1 to do it" >&2
    exit 2
fi
cd "$(dirname "$0")/../.."
out=target/live
mkdir -p "$out"

# name of the generator = the variable that must be set for it
servers="openai=OPENAI_API_KEY gemini=GEMINI_API_KEY openrouter=OPENROUTER_API_KEY bfl=BFL_API_KEY fal=FAL_KEY
replicate=REPLICATE_API_TOKEN xai=XAI_API_KEY recraft=RECRAFT_API_KEY stability=STABILITY_API_KEY huggingface=HF_TOKEN
a1111=A1111_URL"
failed=0
for server in $servers; do
    name=${server%%=*}
    variable=${server#*=}
    if [ -z "${!variable:-}" ]; then
        printf '%-12s skipped: %s is not set\n' "$name" "$variable"
        continue
    fi
    if line=$(./triptych generate "a red fox in the snow" --config provider-openai/live/triptych.yaml \
        --generator "$name" --json --output "$out/$name.png" 2>"$out/$name.txt"); then
        cost=$(printf '%s' "$line" | sed -n 's/.*"cost":"\([^"]*\)".*/\1/p')
        size=$(printf '%s' "$line" | sed -n 's/.*"width":\([0-9]*\),"height":\([0-9]*\).*/\1x\2/p')
        printf '%-12s %s  cost %s\n' "$name" "$size" "${cost:-not told}"
    else
        printf '%-12s failed: %s\n' "$name" "$(tail -1 "$out/$name.txt")"
        failed=1
    fi
done
exit "$failed"
