/** How much a finding matters. Notes do not change the exit code. */
export type FindingLevel = "error" | "warning" | "note";

/** The kinds of findings. Scripts read them in JSON, so that their names stay. */
export type FindingKind =
  | "config-unusable"
  | "disk-full"
  | "inodes-used-up"
  | "no-milter-listener"
  | "relay-lacks-group"
  | "socket-group-wrong"
  | "socket-directory-closed"
  | "socket-outside-chroot"
  | "relay-stopped"
  | "milter-not-called"
  | "key-missing"
  | "key-unreadable"
  | "key-unusable"
  | "resolver-ipv6-only"
  | "resolver-forbidden"
  | "key-not-published"
  | "record-split"
  | "several-records"
  | "other-key-published"
  | "record-unusable"
  | "clock-wrong"
  | "milter-after-us"
  | "header-checks-after-us"
  | "body-checks-after-us"
  | "generic-maps-after-us"
  | "local-mail-unsigned"
  | "passes-unsigned"
  | "key-exposed"
  | "testing-flag"
  | "old-key-published"
  | "bounces-unsigned"
  | "bounce-domain-unsigned";

/** What is true of every finding of one kind. */
export interface Kind {
  readonly level: FindingLevel;
  /** The fault in general, for the reference. */
  readonly title: string;
  /** Why it matters: one short sentence. */
  readonly why: string;
  /** What the command does, or what to do by hand; for the reference. */
  readonly remedy: string;
  /** Kinds that are only consequences of this one. They are not reported beside it. */
  readonly explains?: readonly FindingKind[];
  /** Checks that cannot be made because of it. They are not reported as unknown beside it. */
  readonly prevents?: readonly string[];
}

const keyRecordKinds: readonly FindingKind[] = [
  "key-not-published",
  "record-split",
  "several-records",
  "other-key-published",
  "record-unusable",
  "testing-flag",
  "old-key-published",
];

/** Every kind of finding, the most important first. The reference docs/reference/doctor.md has a section for each. */
const kinds: Readonly<Record<FindingKind, Kind>> = {
  "config-unusable": {
    level: "error",
    title: "The config file cannot be read, or has an error",
    why: "The relay does not start with it, and a reload keeps the old one.",
    remedy: "The command lists every problem of the file with its line. Correct them.",
    explains: ["relay-stopped", "no-milter-listener"],
    prevents: [
      "relay",
      "socket",
      "keys",
      "dns",
      "old-keys",
      "resolver",
      "later-changes",
      "bounces",
    ],
  },
  "disk-full": {
    level: "error",
    title: "A disk is full that the mail server or Mailseal writes to",
    why: "Mail is deferred, and queues and statistics cannot be written.",
    remedy:
      "The command removes what can be fetched again, such as downloaded packages and old journals. If there is nothing of that kind, it lists the largest directories, and you decide.",
    explains: ["relay-stopped"],
    prevents: ["old-keys"],
  },
  "inodes-used-up": {
    level: "error",
    title: "A file system cannot hold more files, although it has space",
    why: "Mail is deferred, because each message in a queue is a file.",
    remedy:
      "The command removes what can be fetched again. If there is nothing of that kind, it lists the directories with the most files, and you decide.",
    explains: ["relay-stopped"],
    prevents: ["old-keys"],
  },
  "no-milter-listener": {
    level: "error",
    title: "The config has no milter listener",
    why: "The mail server has no milter to call, so no mail is signed.",
    remedy: "The command adds the listener of the default config and restarts the relay.",
    explains: ["milter-not-called"],
    prevents: ["socket", "later-changes", "bounces"],
  },
  "relay-lacks-group": {
    level: "error",
    title: "The relay is not in the group that its socket is given to",
    why: "The relay cannot give its socket to the mail server, which answers 451.",
    remedy:
      "The command writes a drop-in with SupplementaryGroups= for the unit of the relay, and restarts it.",
    explains: ["relay-stopped", "socket-directory-closed", "socket-group-wrong"],
  },
  "socket-group-wrong": {
    level: "error",
    title: "The socket belongs to a group that the mail server is not in",
    why: "Postfix may not connect: it answers 451, and mail is deferred.",
    remedy: "The command sets the group of the socket and restarts the relay.",
  },
  "socket-directory-closed": {
    level: "error",
    title: "The mail server may not enter the directory of the socket",
    why: "Postfix may not connect: it answers 451, and mail is deferred.",
    remedy: "The command opens the directory to the group of the mail server.",
    explains: ["socket-group-wrong"],
  },
  "socket-outside-chroot": {
    level: "error",
    title: "The address of the milter leads elsewhere for a chrooted Postfix",
    why: "Postfix finds no milter there: it answers 451, and mail is deferred.",
    remedy:
      "The command names the socket by a path relative to the queue directory, which is right with and without chroot. If the socket is elsewhere, it first moves it there.",
  },
  "relay-stopped": {
    level: "error",
    title: "Nothing listens at the address of the milter",
    why: "The mail server answers 451, and mail is deferred.",
    remedy:
      "The command starts the relay. If it does not stay up, read its log: journalctl -u mailseal-relay.",
  },
  "milter-not-called": {
    level: "error",
    title: "The mail server does not call the relay",
    why: "All mail leaves unsigned.",
    remedy: "The command adds the relay after the other milters of the mail server.",
    explains: ["local-mail-unsigned"],
  },
  "key-missing": {
    level: "error",
    title: "A key that the config names does not exist",
    why: "Mail of the domain is deferred or leaves unsigned (signing.onMissingKey).",
    remedy: "The command creates the key. Publish the record that it prints.",
    explains: keyRecordKinds,
  },
  "key-unreadable": {
    level: "error",
    title: "The user of the relay cannot read a key",
    why: "Mail of the domain is deferred with 451 until the relay can.",
    remedy: "The command gives the key to root and to the group of the relay, with mode 0640.",
    explains: ["key-exposed"],
  },
  "key-unusable": {
    level: "error",
    title: "A key cannot be used",
    why: "Mail of the domain is deferred with 451 (signing.onUnusableKey).",
    remedy:
      "If its permissions are the reason, the command repairs them. Otherwise put the key there from a backup; the command shows the reason.",
    explains: ["key-exposed"],
  },
  "resolver-ipv6-only": {
    level: "error",
    title: "The DNS servers of this machine have IPv6 addresses only, and it has no IPv6",
    why: "No key can be looked up, and Postfix finds no mail servers.",
    remedy: "The command adds a DNS server that answers on this machine or network.",
    explains: keyRecordKinds,
    prevents: ["dns", "old-keys", "resolver"],
  },
  "resolver-forbidden": {
    level: "error",
    title: "The unit of the relay forbids the DNS servers of this machine",
    why: "The relay cannot look up keys, so it verifies no mail.",
    remedy: "The command adds the servers to IPAddressAllow= of the unit, and restarts the relay.",
  },
  "key-not-published": {
    level: "error",
    title: "DNS has no record for a key",
    why: "Receivers cannot verify the signatures: they count as no signature.",
    remedy:
      "The command publishes the record; without access to the zone it prints what to publish.",
  },
  "record-split": {
    level: "error",
    title: "The record of a key is split into several records, or cut off",
    why: "Receivers see half of the key, so all signatures fail.",
    remedy:
      "The command publishes it as one record of several strings; without access to the zone it prints it in that form.",
  },
  "several-records": {
    level: "error",
    title: "DNS has several key records under one name",
    why: "A receiver may use either, so signatures fail for some of them.",
    remedy: "The command leaves only the record of the key in use.",
  },
  "other-key-published": {
    level: "error",
    title: "DNS publishes another key than the one that signs",
    why: "All signatures of the key fail.",
    remedy: "The command publishes the key that signs.",
  },
  "record-unusable": {
    level: "error",
    title: "DNS publishes a record that receivers refuse",
    why: "Receivers cannot verify the signatures.",
    remedy: "The command replaces it by a correct record.",
  },
  "clock-wrong": {
    level: "error",
    title: "The clock of this machine is wrong",
    why: "Signatures carry its time: receivers may refuse them as future or expired.",
    remedy: "The command makes the time service of the machine set the clock.",
  },
  "milter-after-us": {
    level: "error",
    title: "Another milter that changes mail runs after the relay",
    why: "What it changes was already signed: signatures fail at receivers.",
    remedy:
      "The command moves the relay to the end of the list. OpenDMARC stays after it, because it reads our results.",
  },
  "header-checks-after-us": {
    level: "error",
    title: "Header checks of the SMTP client change signed fields",
    why: "Postfix applies them after signing: signatures fail at receivers.",
    remedy: "The command moves the table to header_checks, which Postfix applies before signing.",
  },
  "body-checks-after-us": {
    level: "error",
    title: "Body checks of the SMTP client change the body",
    why: "Postfix applies them after signing: signatures fail at receivers.",
    remedy: "The command moves the table to body_checks, which Postfix applies before signing.",
  },
  "generic-maps-after-us": {
    level: "error",
    title: "Postfix rewrites addresses of a signed domain after signing",
    why: "From or To change after signing: signatures fail at receivers.",
    remedy:
      "The command moves the table to sender_canonical_maps, which Postfix applies before signing.",
  },
  "local-mail-unsigned": {
    level: "warning",
    title: "Mail from programs on this machine does not pass the relay",
    why: "Mail from sendmail(1), such as from cron and web servers, leaves unsigned.",
    remedy: "The command adds the relay to non_smtpd_milters.",
  },
  "passes-unsigned": {
    level: "warning",
    title: "The mail server lets mail pass while the relay is down",
    why: "Mail leaves unsigned then, instead of waiting.",
    remedy: "The command makes the mail server defer mail while the relay is down.",
  },
  "key-exposed": {
    level: "warning",
    title: "Every user of this machine can read a private key",
    why: "Whoever copies the key can sign as your domain.",
    remedy:
      "The command leaves the key to root and to the group of the relay. If strangers could log in, rotate the key as well.",
  },
  "testing-flag": {
    level: "warning",
    title: "The record says that the domain is only testing DKIM (t=y)",
    why: "Receivers may treat your mail as unsigned.",
    remedy: "The command publishes the record without the flag.",
  },
  "old-key-published": {
    level: "warning",
    title: "DNS still publishes a key that no longer signs",
    why: "Whoever gets the old private key can still sign as your domain.",
    remedy:
      "The command publishes the old key as revoked (an empty p=). A key is reported only 8 days after its successor was made, because mail in transit needs it until then.",
  },
  "bounces-unsigned": {
    level: "note",
    title: "Bounces of Postfix are not signed",
    why: "Receivers that require DKIM may discard them.",
    remedy: "The command sends bounces through the milters of local mail.",
  },
  "bounce-domain-unsigned": {
    level: "note",
    title: "No key signs for the domain that bounces come from",
    why: "Receivers that require DKIM may discard them.",
    remedy: "The command makes local senders and bounces use a domain that is signed (myorigin).",
  },
};

/** The kinds, the most important first. */
export const findingKinds: ReadonlyMap<FindingKind, Kind> = new Map(
  Object.entries(kinds) as [FindingKind, Kind][],
);

export function kindOf(kind: FindingKind): Kind {
  return kinds[kind];
}
