$ORIGIN example.com.
$TTL 60
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
@ MX 10 mx
ns A 192.0.2.53
mx A 192.0.2.1
imap A 203.0.113.25
