#!/bin/bash
# Postfix as Debian sets it up, with smtpd chrooted; it sends through the next hop of the guides.
set -eu
[ -d /run/stage ] || { echo "only on a stage: it changes /etc" >&2; exit 1; }
postconf -e 'myhostname = mx.example.com' 'mydestination = localhost' 'relayhost = [203.0.113.25]' \
  'inet_protocols = ipv4' 'inet_interfaces = 127.0.0.1, 192.0.2.1' 'relay_domains = example.com' 'maillog_file = /var/log/mail.log' 'alias_maps =' 'alias_database =' \
  'smtpd_milters =' 'non_smtpd_milters =' 'milter_default_action = tempfail'
postconf -F 'smtp/inet/chroot = y'
install -d /var/spool/postfix/etc
cp /etc/resolv.conf /etc/hosts /etc/services /var/spool/postfix/etc/
systemctl start postfix
