import type { Machine } from "../../../src/index.ts";
import type { NameServer } from "./name-server.ts";
import type { TimeServer } from "./time-server.ts";

/** What a fault is planted in. */
export interface Planted {
  readonly machine: Machine;
  readonly nameServer: NameServer;
  readonly timeServer: TimeServer;
  /** The record of the key that signs, and of the one that it has replaced, as lines of a zone. */
  readonly record: string;
  readonly oldRecord: string;
  readonly revokedRecord: string;
}

export interface Fault {
  readonly name: string;
  /** The kind of finding that doctor must report, and no other. */
  readonly kind: string;
  readonly plant: (planted: Planted) => Promise<unknown>;
  /** What the command cannot do on a machine in namespaces. */
  readonly needsHelp?: (planted: Planted) => Promise<unknown>;
  /** Undoes what is left besides the fault. */
  readonly afterwards?: (planted: Planted) => Promise<unknown>;
}

const key = "/etc/mailseal/keys/example.com/mail2026.key";
const socketDirectory = "/var/spool/postfix/mailseal";
const config = "/etc/mailseal/mailseal.yaml";
const dropIns = "/etc/systemd/system/mailseal-relay.service.d";
const day = 86_400_000;

/** Plants by shell commands on the machine. */
const by =
  (commands: string) =>
  ({ machine }: Planted): Promise<unknown> =>
    machine.succeed(`set -e\n${commands}`);

/** Fails if the services of the machine could set the clock, which is that of the real machine (CAP_SYS_TIME is bit 25). */
const withoutClock = by(
  `[ $((0x$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/1/status) >> 25 & 1)) = 0 ]`,
);

/** A small file system that holds the state of Mailseal and the packages that apt has downloaded. */
const smallDisk = (options: string): string => `
mkdir -p /mnt/small && mount -t tmpfs -o ${options} small /mnt/small
mkdir -p /mnt/small/state /mnt/small/archives/partial
cp -a /var/lib/mailseal/. /mnt/small/state/ && chown mailseal:mailseal /mnt/small/state && chmod 750 /mnt/small/state
mount --bind /mnt/small/state /var/lib/mailseal
mount --bind /mnt/small/archives /var/cache/apt/archives`;
const withoutSmallDisk = "umount /var/lib/mailseal /var/cache/apt/archives /mnt/small";

export const faults: readonly Fault[] = [
  {
    name: "socket unreachable",
    kind: "socket-directory-closed",
    plant: by(`chown mailseal:mailseal ${socketDirectory}; chmod 0750 ${socketDirectory}`),
  },
  {
    name: "chroot",
    kind: "socket-outside-chroot",
    plant: by(
      `address=unix:${socketDirectory}/milter.sock
       postconf -e smtpd_milters=$address non_smtpd_milters=$address; postfix reload`,
    ),
  },
  {
    name: "key owned by root",
    kind: "key-unreadable",
    plant: by(`chown root:root ${key}; chmod 0600 ${key}`),
  },
  { name: "key 0644", kind: "key-exposed", plant: by(`chmod 0644 ${key}`) },
  {
    name: "key not published",
    kind: "key-not-published",
    plant: ({ nameServer, revokedRecord }) => nameServer.serve([revokedRecord]),
  },
  {
    name: "record split wrongly",
    kind: "record-split",
    plant: ({ nameServer, record, revokedRecord }) =>
      nameServer.serve([...splitInTwo(record), revokedRecord]),
  },
  {
    name: "old key still published",
    kind: "old-key-published",
    plant: ({ nameServer, record, oldRecord }) => nameServer.serve([record, oldRecord]),
  },
  {
    name: "testing flag left on",
    kind: "testing-flag",
    plant: ({ nameServer, record, revokedRecord }) =>
      nameServer.serve([record.replace("v=DKIM1; ", "v=DKIM1; t=y; "), revokedRecord]),
  },
  {
    name: "second milter after us",
    kind: "milter-after-us",
    plant: by(
      `systemd-run -q --unit=other-milter /usr/lib/mailseal/bin/node /root/other-milter.mjs
       for _ in $(seq 50); do (: </dev/tcp/127.0.0.1/8899) 2>/dev/null && break; sleep 0.1; done
       list='unix:mailseal/milter.sock, inet:127.0.0.1:8899'
       postconf -e "smtpd_milters = $list" "non_smtpd_milters = $list"; postfix reload`,
    ),
    afterwards: by(
      `postconf -e smtpd_milters=unix:mailseal/milter.sock non_smtpd_milters=unix:mailseal/milter.sock
       postfix reload; systemctl stop other-milter`,
    ),
  },
  {
    name: "header_checks after us",
    kind: "header-checks-after-us",
    plant: by(
      `echo '/^Subject:(.*)$/ REPLACE Subject: [example.com]$1' >/etc/postfix/smtp_header_checks
       postconf -e smtp_header_checks=regexp:/etc/postfix/smtp_header_checks; postfix reload`,
    ),
    afterwards: by("postconf -X header_checks smtp_header_checks; postfix reload"),
  },
  {
    name: "clock off by a day",
    kind: "clock-wrong",
    plant: async (planted) => {
      await withoutClock(planted);
      await planted.timeServer.setAhead(day);
    },
    // The clock belongs to the real machine, so that the time service is not allowed to set it: the server moves instead.
    needsHelp: ({ timeServer }) => timeServer.setAhead(0),
  },
  { name: "no listener", kind: "relay-stopped", plant: by("systemctl stop mailseal-relay") },
  {
    name: "no listener in the config",
    kind: "no-milter-listener",
    plant: by(
      `cp -a ${config} /root/kept.yaml
       sed -i '/^listeners:/,/^[^ ]/{/^listeners:/d;/^ /d}' ${config}; systemctl restart mailseal-relay || :`,
    ),
    afterwards: by(`cp -a /root/kept.yaml ${config}; systemctl restart mailseal-relay`),
  },
  {
    name: "wrong group: the relay is not in it",
    kind: "relay-lacks-group",
    plant: by(
      `rm ${dropIns}/postfix.conf; systemctl daemon-reload; systemctl restart mailseal-relay || :`,
    ),
  },
  {
    name: "wrong group: that of the socket",
    kind: "socket-group-wrong",
    plant: by(
      `sed -i 's/socketGroup: postfix/socketGroup: mailseal/' ${config}; systemctl restart mailseal-relay`,
    ),
  },
  {
    name: "IPv6-only resolver",
    kind: "resolver-ipv6-only",
    plant: by("echo 'nameserver 2001:db8::53' >/etc/resolv.conf"),
  },
  {
    name: "a resolver that the unit forbids",
    kind: "resolver-forbidden",
    plant: by(
      `printf '[Service]\\nIPAddressDeny=any\\nIPAddressAllow=localhost\\n' >${dropIns}/private.conf
       systemctl daemon-reload; systemctl restart mailseal-relay`,
    ),
    afterwards: by(
      `rm ${dropIns}/private.conf; systemctl daemon-reload; systemctl restart mailseal-relay`,
    ),
  },
  {
    name: "full disk",
    kind: "disk-full",
    plant: by(
      `${smallDisk("size=100M")}\nfallocate -l 97M /var/cache/apt/archives/large_1_all.deb`,
    ),
    afterwards: by(withoutSmallDisk),
  },
  {
    name: "full disk: no inodes",
    kind: "inodes-used-up",
    plant: by(
      `${smallDisk("size=1G,nr_inodes=40000")}
       cd /var/cache/apt/archives && seq -f '%g_1_all.deb' 39900 | xargs touch`,
    ),
    afterwards: by(withoutSmallDisk),
  },
];

/** The record as two TXT records, as from a form that makes a record of each line. */
function splitInTwo(line: string): readonly string[] {
  const [, name = "", text = ""] = /^(\S+ IN TXT) "(.*)"$/.exec(line.replaceAll('" "', "")) ?? [];
  return [
    `${name} "${text.slice(0, 200)}"`,
    `${name} "${text.slice(200, 400)}" "${text.slice(400)}"`,
  ];
}
