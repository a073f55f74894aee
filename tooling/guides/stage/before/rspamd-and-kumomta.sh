#!/bin/bash
# The signing options of rspamd and of KumoMTA, where these programs have them.
set -eu
[ -d /run/stage ] || { echo "only on a stage: it changes /etc" >&2; exit 1; }
install -d /etc/rspamd/local.d /opt/kumomta/etc/policy
cat >/etc/rspamd/local.d/dkim_signing.conf <<'CONF'
domain {
  example.com {
    selectors [ { path: "/etc/mailseal/keys/example.com/rsa.key"; selector: "rsa"; } ]
  }
}
CONF
cat >/opt/kumomta/etc/policy/dkim_data.toml <<'TOML'
[base]
selector = "rsa"
headers = ["From", "To", "Subject"]

[domain."example.com"]
filename = "/etc/mailseal/keys/example.com/rsa.key"
TOML
