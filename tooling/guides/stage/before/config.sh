#!/bin/bash
# The config of a relay that signs as a milter.
set -eu
[ -d /run/stage ] || { echo "only on a stage: it changes /etc" >&2; exit 1; }
install -m 640 -g mailseal /dev/stdin /etc/mailseal/mailseal.yaml <<'YAML'
signing: { selector: mail2026, key: "/etc/mailseal/keys/%{d}/%{s}.key" }
listeners: [{ protocol: milter, listen: "unix:/run/mailseal/milter.sock" }]
YAML
