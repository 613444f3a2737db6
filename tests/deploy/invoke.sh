#!/usr/bin/env bash
# Starts a packaged lookup-tracking behind cargo-lambda's emulator of the Lambda API, and invokes it with a sample event
# that is answered without AWS. cargo-lambda must be in the PATH.
#   tests/deploy/invoke.sh target/lambda/lookup-tracking/bootstrap
set -euo pipefail
bootstrap=$1
event=$(dirname "$0")/../../events/lookup-tracking/no-key.json
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
log=$(mktemp)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -f "$log"' EXIT

cargo lambda watch --only-lambda-apis --invoke-address 127.0.0.1 --invoke-port "$port" >"$log" 2>&1 &
# Bounded by its tries: the emulator listens within a second.
for _ in $(seq 100); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    sleep 0.1
done
AWS_LAMBDA_RUNTIME_API=http://127.0.0.1:$port/.rt AWS_LAMBDA_FUNCTION_NAME=_ AWS_LAMBDA_FUNCTION_VERSION=1 \
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256 AWS_REGION=eu-west-1 MILEPOST_TABLE=milepost MILEPOST_SEAL_KEY=file:nowhere \
    "$bootstrap" >>"$log" 2>&1 &

# Without an answer the log below says why.
answer=$(timeout 60 cargo lambda invoke --invoke-address 127.0.0.1 --invoke-port "$port" --data-file "$event") || true
echo "$answer"
if [[ $answer != *'"statusCode":401'* ]]; then
    cat "$log"
    echo "$bootstrap does not answer a request without a key with 401"
    exit 1
fi
