#!/bin/bash
# The reader's key, which DNS publishes: key.sh SELECTOR [DIRECTORY]
set -eu
[ -d /run/stage ] || { echo "only on a stage: it changes /etc" >&2; exit 1; }
selector=$1 directory=${2:-/etc/mailseal/keys}
mkdir -p "$directory"
mailseal keygen -d example.com -s "$selector" -o "$directory" | grep 'IN TXT' >>/etc/bind/db.example.com
chown -R root:mailseal "$directory"
chmod -R u=rwX,g=rX,o= "$directory"
systemctl restart named
