#!/usr/bin/env bash
# Runs the signed requests of `examples/tests/aws.rs` against moto's fake of AWS, with IAM switched on: what is not signed, or signed with
# another key, is refused. Installs moto from PyPI into the target folder, once.
set -euo pipefail
cd "$(dirname "$0")/../.."

python=target/moto/bin/python
if [ ! -x target/moto/bin/moto_server ]; then
    python3 -m venv target/moto
    "$python" -m pip install --quiet 'moto[server]>=5.2,<6' 'boto3>=1.40,<2'
fi
port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export MOTO_URL="http://127.0.0.1:$port"

# The four calls of the set-up below need no signature; every later one does.
INITIAL_NO_AUTH_ACTION_COUNT=4 target/moto/bin/moto_server -H 127.0.0.1 -p "$port" > target/moto/server.log 2>&1 &
server=$!
trap 'kill $server' EXIT
for _ in $(seq 100); do
    (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null && break
    sleep 0.3
done

read -r MOTO_KEY_ID MOTO_SECRET MOTO_QUEUE < <("$python" - "$MOTO_URL" <<'PYTHON'
import json, sys
import boto3

def client(service):
    keys = {"aws_access_key_id": "setup", "aws_secret_access_key": "setup"}
    return boto3.client(service, endpoint_url=sys.argv[1], region_name="us-east-1", **keys)

iam = client("iam")
iam.create_user(UserName="bulk")
policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}
iam.put_user_policy(UserName="bulk", PolicyName="queues", PolicyDocument=json.dumps(policy))
key = iam.create_access_key(UserName="bulk")["AccessKey"]
queue = client("sqs").create_queue(QueueName="bulk")["QueueUrl"]
print(key["AccessKeyId"], key["SecretAccessKey"], queue)
PYTHON
)
export MOTO_KEY_ID MOTO_SECRET MOTO_QUEUE
cargo test -p bulk-endpoint-examples --test aws -- --include-ignored
