#!/bin/bash
# Makes the machine of a guide inside new namespaces, then stays as its process 1 until standard input ends: the root of this
# machine and the repository under overlays, so that nothing that a guide writes is left; a loopback interface with the addresses of the
# guides and no other network; the user of the package; name server and mailbox of the guides.
set -euo pipefail
# Standard output is for the one word that it is ready.
exec 3>&1 >&2
[ $$ = 1 ] || { echo "only as process 1 of new namespaces" >&2; exit 1; }
directory=$1 repository=$2 node=$3
hostname mx.example.com
mount -t tmpfs none "$directory"
mkdir "$directory"/{upper,work,root}
root=$directory/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$directory/upper,workdir=$directory/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount -t tmpfs none "$root/run"
mount -t tmpfs -o mode=1777 none "$root/tmp"
mkdir -p "$root$repository" "$directory"/repository/{upper,work}
mount -t overlay overlay \
  -o "lowerdir=$repository,upperdir=$directory/repository/upper,workdir=$directory/repository/work" "$root$repository"

ip link set lo up
for address in 192.0.2.1 192.0.2.10 192.0.2.53 198.51.100.53 203.0.113.25; do
  ip address add "$address/32" dev lo
done

install -d "$root/run/stage" "$root/run/lock"
rm -f "$root/etc/resolv.conf"
echo 'nameserver 127.0.0.1' >"$root/etc/resolv.conf"
printf '%s\n' '127.0.0.1 localhost' '192.0.2.1 mx.example.com mx' >"$root/etc/hosts"
cp "$repository"/tooling/guides/stage/zones/* "$root/etc/bind/"
cp "$repository"/apps/{relay,worker}/systemd/*.service "$root/lib/systemd/system/"
for program in mailseal:cli mailseal-relay:relay mailseal-worker:worker; do
  name=${program%:*} app=${program#*:}
  printf '#!/bin/sh\nexec %s %s/apps/%s/bin/%s.js "$@"\n' "$node" "$repository" "$app" "$name" >"$root/usr/bin/$name"
  chmod 755 "$root/usr/bin/$name"
done
for name in systemctl journalctl; do
  install -m 755 "$repository/tooling/guides/stage/$name" "$root/usr/local/bin/$name"
done
exec chroot "$root" /bin/bash -c '
  set -euo pipefail
  cd "$1"
  systemd-sysusers "$PWD/sysusers.conf"
  systemd-tmpfiles --create "$PWD/tmpfiles.conf"
  install -d -o root -g mailseal -m 750 /etc/mailseal /etc/mailseal/keys
  install -d -o bind -g bind /run/named
  # The package does this where Postfix is installed.
  install -d -o mailseal -g postfix -m 2750 /var/spool/postfix/mailseal
  install -D -m 644 postfix.conf /etc/systemd/system/mailseal-relay.service.d/postfix.conf
  cd /
  install -o root -g mailseal -m 640 "$2" /etc/mailseal/mailseal.yaml
  echo ready >&3
  exec 3>&-
  # Bash reaps the processes whose parents have ended, as process 1 must.
  read -r || true
' bash "$repository/apps/relay/systemd" "$repository/tooling/packaging/debian/mailseal.yaml"
