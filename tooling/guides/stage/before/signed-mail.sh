#!/bin/bash
# A message that the reader's application has signed with the key "rsa", as it has arrived.
set -eu
[ -d /run/stage ] || { echo "only on a stage: it changes /etc" >&2; exit 1; }
printf 'From: ada@example.com\r\nTo: zoe@example.net\r\nSubject: Lunch\r\n\r\nAt noon?\r\n' |
  mailseal sign -d example.com -s rsa -k /etc/mailseal/keys/example.com/rsa.key >received.eml
