#!/bin/sh
# Runs a Debian root as a machine of its own, with systemd as PID 1, in namespaces for mounts, processes, network,
# host name, IPC and cgroups. Whoever starts it must take away the capabilities that have no namespace, such as that to set
# the clock. It is no jail for programs that want to break out.
#
#   unshare --mount sh machine.sh outer
#
# reads its place from the environment:
#   RECIPE_SCRATCH    a directory of its own with the folders cgroup, root, upper and work
#   RECIPE_LOWER      the root that it starts from, which it does not change; "" if RECIPE_SCRATCH/root is a copy
#   RECIPE_HOSTNAME   its host name
#   RECIPE_OUTSIDE    a process in the network that it is connected to
#   RECIPE_ADDRESS, RECIPE_GATEWAY   its address on that network, and the address of the other end
#
# Prints "machine PID", then "init" when systemd starts as the only child of PID. The machine ends, and its cgroup and
# RECIPE_SCRATCH are removed, when standard input ends: also if the process that started it was killed.
set -eu
scratch=$RECIPE_SCRATCH
root=$scratch/root

case $1 in
outer)
  # The end of standard input is the only signal, so that nothing is left in any case.
  trap '' HUP INT TERM
  # Only to make and remove a cgroup: the machine itself sees no more than that one.
  mount -t cgroup2 cgroup2 "$scratch/cgroup"
  RECIPE_CGROUP=$scratch/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)/mailseal-recipe.$$
  export RECIPE_CGROUP
  mkdir "$RECIPE_CGROUP"
  setpriv --pdeathsig KILL sh "$0" joined </dev/null &
  machine=$!
  echo "machine $machine"
  exec 3<&0
  (while read -r _ <&3; do :; done; kill -KILL "$machine") >/dev/null &
  watcher=$!
  wait "$machine" 2>/dev/null || :
  kill "$watcher" 2>/dev/null || :
  # The kernel frees a cgroup a moment after its last process.
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    find "$RECIPE_CGROUP" -depth -type d -exec rmdir {} + 2>/dev/null || :
    [ -d "$RECIPE_CGROUP" ] || break
    sleep 0.1
  done
  umount "$scratch/cgroup"
  rm -rf --one-file-system "$scratch"
  ;;
joined)
  echo $$ >"$RECIPE_CGROUP/cgroup.procs"
  exec unshare --mount --net --uts --ipc --cgroup sh "$0" apart
  ;;
apart)
  hostname "$RECIPE_HOSTNAME"
  ip link set lo up
  ip link add name eth0 type veth peer name outside netns "$RECIPE_OUTSIDE"
  ip address add "$RECIPE_ADDRESS/24" dev eth0
  ip link set eth0 up
  nsenter --target "$RECIPE_OUTSIDE" --net ip address add "$RECIPE_GATEWAY/24" dev outside
  nsenter --target "$RECIPE_OUTSIDE" --net ip link set outside up
  ip route add default via "$RECIPE_GATEWAY"
  if [ -n "$RECIPE_LOWER" ]; then
    mount -t overlay overlay -o "lowerdir=$RECIPE_LOWER,upperdir=$scratch/upper,workdir=$scratch/work" "$root"
  else
    mount --bind "$root" "$root"
  fi
  exec unshare --pid --fork --kill-child sh "$0" init
  ;;
init)
  mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
  mount --bind "$root/proc/sys" "$root/proc/sys"
  mount -o remount,bind,ro "$root/proc/sys"
  [ ! -e "$root/proc/sysrq-trigger" ] || mount --bind /dev/null "$root/proc/sysrq-trigger"
  mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"
  mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
  mount -t tmpfs -o mode=755,nosuid tmpfs "$root/run"
  mount -t tmpfs -o mode=755,nosuid tmpfs "$root/dev"
  mkdir "$root/dev/pts" "$root/dev/shm"
  for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  mount -t devpts -o newinstance,mode=620,ptmxmode=666,nosuid,noexec devpts "$root/dev/pts"
  mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/dev/shm"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  ln -s fd/0 "$root/dev/stdin"
  ln -s fd/1 "$root/dev/stdout"
  ln -s fd/2 "$root/dev/stderr"
  cd "$root"
  mkdir -p .real
  pivot_root . .real
  echo init
  exec chroot . /bin/sh -c '
    umount -l /.real && rmdir /.real
    exec </dev/null >/dev/null 2>&1
    exec env -i container=mailseal-recipe PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      /lib/systemd/systemd --show-status=no'
  ;;
esac
