#!/bin/bash
# The directories of these two mail servers.
set -eu
[ -d /run/stage ] || { echo "only on a stage: it changes /etc" >&2; exit 1; }
install -d /etc/haraka/plugins /etc/haraka/config /opt/zone-mta/plugins/user
