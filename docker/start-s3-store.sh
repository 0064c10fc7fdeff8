#!/bin/sh
# Starts SeaweedFS as an S3 store that knows one account and nobody else.
set -eu
case "$S3_ACCESS_KEY_ID$S3_SECRET_ACCESS_KEY" in
  *[!A-Za-z0-9._+/=-]*)
    echo 'S3_SECRET_ACCESS_KEY may hold letters, digits and ._+/=- here.' >&2
    exit 1
    ;;
esac
umask 077
cat >/tmp/s3.json <<END
{"identities": [{"name": "quoth", "credentials": [{"accessKey": "$S3_ACCESS_KEY_ID", "secretKey": "$S3_SECRET_ACCESS_KEY"}], "actions": ["Admin"]}]}
END
exec weed server -dir=/data -ip.bind=0.0.0.0 -master.volumeSizeLimitMB=1024 -volume.max=0 -s3 -s3.port=8333 -s3.config=/tmp/s3.json
