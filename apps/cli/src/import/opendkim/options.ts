import { booleanOf } from "./source.ts";
import {
  action,
  algorithm,
  canonicalization,
  keyBits,
  names as nameList,
  octets,
  positiveSeconds,
  seconds,
  whole,
} from "./values.ts";

/** What becomes of an option of opendkim.conf(5) that is read by itself. */
export type OpendkimOption =
  | {
      readonly kind: "carried";
      /** Dotted, as in `verification.actions.fail`. */
      readonly into: string;
      /** Our value; undefined where theirs has no counterpart. */
      readonly read: (value: string) => unknown;
      readonly otherwise: string;
    }
  /** `why` nothing is lost. */
  | { readonly kind: "not-needed"; readonly why: string }
  /** Not carried over, unless it is switched off, or is of verifying and nothing is verified. */
  | {
      readonly kind: "lost";
      readonly todo: string;
      readonly harmless: (value: string) => boolean;
      readonly verifying: boolean;
    };

type Read = (value: string) => unknown;

const isOff = (value: string): boolean => booleanOf(value) === false;
const never = (): boolean => false;

function carried(
  into: string,
  read: Read,
  otherwise = "this value has no counterpart",
): OpendkimOption {
  return { kind: "carried", into, read, otherwise };
}

function notNeeded(why: string): OpendkimOption {
  return { kind: "not-needed", why };
}

function lost(todo: string, harmless: (value: string) => boolean = never): OpendkimOption {
  return { kind: "lost", todo, harmless, verifying: false };
}

function lostForVerifying(
  todo: string,
  harmless: (value: string) => boolean = isOff,
): OpendkimOption {
  return { kind: "lost", todo, harmless, verifying: true };
}

const running =
  "how OpenDKIM runs and logs; mailseal-relay runs under systemd and logs to standard output";
const testing = "for tests of OpenDKIM itself";
const database = "only for data sets in LDAP or SQL, which are listed where they are named";
const counted = "mailseal-relay counts by itself: statistics.level, mailseal stats";
const reports = "only for SendReports";
const script =
  "Lua scripts do not run here: write a hook, beforeSign or afterVerify (docs/hooks.md)";
const vbr = "VBR (RFC 5518) is not done here";

/** Options that need no counterpart, by the reason. */
const needless: readonly (readonly [why: string, names: string])[] = [
  [
    running,
    "autorestart autorestartcount autorestartrate background changerootdirectory disablecryptoinit enablecoredumps logresults milterdebug pidfile resolvertracing syslog syslogfacility syslogname syslogsuccess userid",
  ],
  [testing, "keeptemporaryfiles stricttestmode testdnsdata testpublickeys"],
  [reports, "mtacommand reportaddress reportbccaddress smtpuri"],
  [counted, "statistics statisticsname statisticspolicyscript statisticsprefix"],
  [
    database,
    "ldapauthmechanism ldapauthname ldapauthrealm ldapauthuser ldapbindpassword ldapbinduser ldapdisablecache ldapkeepaliveidle ldapkeepaliveinterval ldapkeepaliveprobes ldaptimeout ldapusetls softstart",
  ],
];

const judged =
  "a message against RFC 5322 3.6 is judged by its signature: let the mail server check it";

/** Options that are lost whatever they say, by what to do. */
const unsupported: readonly (readonly [todo: string, names: string])[] = [
  [script, "finalpolicyscript screenpolicyscript setuppolicyscript"],
  [
    "such mail would be signed from any client: put the clients into relayNetworks",
    "macrolist mta",
  ],
  [vbr, "vbr-certifiers vbr-trustedcertifiers vbr-type"],
  [
    "header rules are not done here: let the mail server change fields before the milter",
    "replaceheaders replacerules",
  ],
];

/** Every option of opendkim.conf(5) but those that are read together with others, by its name in lower case. */
export const opendkimOptions: ReadonlyMap<string, OpendkimOption> = new Map<string, OpendkimOption>(
  [
    ...needless.flatMap(([why, names]) =>
      names.split(" ").map((name) => [name, notNeeded(why)] as const),
    ),
    ...unsupported.flatMap(([todo, names]) =>
      names.split(" ").map((name) => [name, lost(todo)] as const),
    ),
    ...["requiredheaders", "strictheaders"].map((name) => [name, lost(judged, isOff)] as const),
    ["allowsha1only", notNeeded("SHA-256 is always there")],
    ["atpsdomains", lost("ATPS (RFC 6541) is not done here")],
    ["atpshashalgorithm", notNeeded("only for ATPSDomains")],
    [
      "authservidwithjobid",
      lostForVerifying("Authentication-Results carries authservId alone: remove the line"),
    ],
    [
      "bodylengthdb",
      lost(
        "l= cannot be chosen by recipient: set signing.bodyLength in a hook, or leave l= out (RFC 6376 8.2)",
      ),
    ],
    [
      "boguskey",
      lostForVerifying(
        "let dns.servers be a resolver that validates DNSSEC: a bogus key is then temperror",
        (value) => /^fail$/i.test(value),
      ),
    ],
    ["captureunknownerrors", lost("after an internal error the answer is 451", isOff)],
    ["canonicalization", carried("signing.canonicalization", canonicalization)],
    ["clockdrift", carried("verification.clockSkew", seconds)],
    ["defaultsender", lost("mail without an author is not signed")],
    ["diagnostics", carried("signing.copyHeaders", booleanOf)],
    [
      "diagnosticdirectory",
      lostForVerifying("use mailseal explain on a message that failed", never),
    ],
    ["dnsconnect", lostForVerifying("the resolver in dns.servers decides on TCP")],
    [
      "dnstimeout",
      carried(
        "dns.timeout",
        positiveSeconds,
        "0, to wait for ever, has no counterpart: set dns.timeout",
      ),
    ],
    ["domainkeyscompat", lostForVerifying("records of DomainKeys (RFC 4870) are not read")],
    [
      "dontsignmailto",
      lost("signing cannot depend on recipients in the config: skip in the hook beforeSign"),
    ],
    [
      "externalignorelist",
      notNeeded("it only silences a line of OpenDKIM's log; it signs nothing"),
    ],
    [
      "fixcrlf",
      lost("a milter cannot change line endings: let the mail server do it before signing", isOff),
    ],
    ["flowdata", lost("flow limits are not done here")],
    ["flowdatafactor", notNeeded("only for FlowData")],
    ["flowdatattl", notNeeded("only for FlowData")],
    [
      "identityheader",
      lost("i= cannot come from a field: set signing.identity in the hook beforeSign"),
    ],
    ["identityheaderremove", notNeeded("only for IdentityHeader")],
    [
      "ignoremalformedmail",
      lostForVerifying("malformed mail gets Authentication-Results like any other"),
    ],
    ["keepauthresults", lostForVerifying("fields that pretend to be ours are always removed")],
    ["logwhy", notNeeded("mailseal-relay logs why a message was not signed")],
    ["luaonlysigning", lost(script, isOff)],
    [
      "maximumheaders",
      carried(
        "limits.headerSize",
        octets,
        "a header without limit has no counterpart: set limits.headerSize",
      ),
    ],
    [
      "maximumsignaturestoverify",
      lostForVerifying("all signatures are verified, within bounds", never),
    ],
    ["maximumsignedbytes", carried("signing.bodyLength", whole)],
    [
      "minimum",
      lostForVerifying(
        "l= cannot be judged by the config: look at unsignedBodyBytes in afterVerify",
        never,
      ),
    ],
    [
      "minimumkeybits",
      carried("verification.minimumRsaBits", keyBits, "the least possible is 512"),
    ],
    ["nameservers", carried("dns.servers", nameList)],
    ["noheaderb", lostForVerifying("header.b stands in every result")],
    ["on-badsignature", carried("verification.actions.fail", action)],
    ["on-dnserror", carried("verification.actions.temperror", action)],
    ["on-internalerror", onOwnFault()],
    ["on-keynotfound", carried("verification.actions.permerror", action)],
    ["on-nosignature", carried("verification.actions.none", action)],
    [
      "on-security",
      lostForVerifying(
        "remove it: what is suspicious is a result policy, with actions.policy",
        never,
      ),
    ],
    ["on-signatureerror", onOwnFault()],
    ["on-reputationerror", lost("reputation is not done here")],
    ["popdbfile", lost("POP before SMTP is not done here: let clients authenticate")],
    ["querycache", notNeeded("keys are always cached, as long as DNS allows")],
    ["ratelimits", lost("rates by signing domain are not done here")],
    [
      "redirectfailuresto",
      lostForVerifying("use actions.fail: quarantine and let the mail server sort", never),
    ],
    ["removearall", lostForVerifying("only fields that pretend to be ours are removed")],
    [
      "removearfrom",
      lostForVerifying(
        "only fields of our authservId are removed: remove others in the mail server",
        never,
      ),
    ],
    [
      "replaceheaders",
      lost("header rules are not done here: let the mail server change fields before the milter"),
    ],
    [
      "replacerules",
      lost("header rules are not done here: let the mail server change fields before the milter"),
    ],
    [
      "requestreports",
      lost("r=y (RFC 6651) is not written: remove it, or ask receivers by DMARC", isOff),
    ],
    ["resignall", notNeeded("only for ResignMailTo")],
    ["resignmailto", lost("mail cannot be signed anew by recipient: sign in the hook beforeSign")],
    ["resolverconfiguration", lostForVerifying("name the resolver in dns.servers", never)],
    [
      "selectcanonicalizationheader",
      lost("a field cannot choose the canonicalization: set it in the hook beforeSign"),
    ],
    [
      "senderheaders",
      lost(
        "the author is always taken from From: change the rows in a hook if Sender has to decide",
        (value) => /^(?:csl:)?from$/i.test(value),
      ),
    ],
    ["sendermacro", lost("the author is always taken from From")],
    ["sendreports", lostForVerifying("failure reports (RFC 6651) are not sent")],
    ["signaturealgorithm", carried("signing.algorithm", algorithm)],
    ["signaturettl", carried("signing.expireAfter", seconds)],
    ["softwareheader", notNeeded("DKIM-Filter only says which program was there")],
    [
      "temporarydirectory",
      notNeeded(
        "large messages wait in spoolDirectory; set it if the system's temporary directory is small",
      ),
    ],
    [
      "trustanchorfile",
      lostForVerifying(
        "let dns.servers be a resolver that validates DNSSEC, such as unbound on this machine",
        never,
      ),
    ],
    [
      "unprotectedkey",
      lostForVerifying("whether a key came by DNSSEC is not known here", (value) =>
        /^none$/i.test(value),
      ),
    ],
    ["vbr-purgefields", lost(vbr, isOff)],
    ["vbr-trustedcertifiersonly", lost(vbr, isOff)],
    ["weaksyntaxchecks", lostForVerifying("mail with a From that cannot be read is never signed")],
    ["x-header", notNeeded("it is SoftwareHeader's old name")],
  ],
);

/** What is answered when signing itself fails: here always 451. */
function onOwnFault(): OpendkimOption {
  return lost("a message that cannot be signed is answered 451 (signing.onMissingKey)", (value) =>
    /^t(?:empfail)?$/i.test(value),
  );
}
