#!/bin/bash
# OpenDKIM, which signs what Postfix sends from example.com with the key "mail2024".
set -eu
[ -d /run/stage ] || { echo "only on a stage: it changes /etc" >&2; exit 1; }
install -d -o opendkim -g postfix -m 2750 /var/spool/postfix/opendkim
install -d -o opendkim -g opendkim -m 700 /etc/dkimkeys
install -d -o opendkim -g opendkim -m 755 /run/opendkim
opendkim-genkey -D /etc/dkimkeys -d example.com -s mail2024 -b 2048
chown opendkim: /etc/dkimkeys/mail2024.*
cat /etc/dkimkeys/mail2024.txt >>/etc/bind/db.example.com
systemctl restart named
echo 'mail2024 example.com:mail2024:/etc/dkimkeys/mail2024.private' >/etc/opendkim-keys
echo '*@example.com mail2024' >/etc/opendkim-signing
cat >/etc/opendkim.conf <<'CONF'
Syslog yes
UserID opendkim
UMask 007
Mode sv
Canonicalization relaxed/simple
KeyTable /etc/opendkim-keys
SigningTable refile:/etc/opendkim-signing
OversignHeaders From
Socket local:/var/spool/postfix/opendkim/opendkim.sock
PidFile /run/opendkim/opendkim.pid
CONF
systemctl start opendkim
postconf -e 'smtpd_milters = unix:opendkim/opendkim.sock' 'non_smtpd_milters = $smtpd_milters'
systemctl reload postfix
