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

/** The fate of an option of opendkim.conf(5) that depends only on its own value. */
export type OpendkimOption =
  | {
      readonly kind: "carried";
      /** A dotted path, such as `verification.actions.fail`. */
      readonly into: string;
      /** Our value; undefined if the value has no counterpart. */
      readonly read: (value: string) => unknown;
      readonly otherwise: string;
    }
  /** No counterpart is needed; `why` is the reason. */
  | { readonly kind: "not-needed"; readonly why: string }
  /** Not carried over, unless the value is the default, or the option is about verification and nothing is verified. */
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
  "it controls how OpenDKIM runs and logs; mailseal-relay runs under systemd and logs to standard output";
const testing = "for tests of OpenDKIM itself";
const database =
  "only for data sets in LDAP or SQL, which are reported at the settings that name them";
const counted = "mailseal-relay has its own statistics: statistics.level, mailseal stats";
const reports = "only for SendReports";
const script =
  "Lua scripts are not supported: write a hook, beforeSign or afterVerify (docs/guides/hooks.md)";
const vbr = "VBR (RFC 5518) is not supported";

/** Options that need no counterpart, by reason. */
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

const judged = "the header is not checked against RFC 5322 3.6: let the mail server check it";

/** Options that are lost with any value, by remedy. */
const unsupported: readonly (readonly [todo: string, names: string])[] = [
  [script, "finalpolicyscript screenpolicyscript setuppolicyscript"],
  [
    "macros cannot select mail to sign, which would then be signed for any client: add the clients to relayNetworks",
    "macrolist mta",
  ],
  [vbr, "vbr-certifiers vbr-trustedcertifiers vbr-type"],
  [
    "header rules are not supported: let the mail server change fields before the milter",
    "replaceheaders replacerules",
  ],
];

/** Every option of opendkim.conf(5) that depends only on its own value, by name in lower case. */
export const opendkimOptions: ReadonlyMap<string, OpendkimOption> = new Map<string, OpendkimOption>(
  [
    ...needless.flatMap(([why, names]) =>
      names.split(" ").map((name) => [name, notNeeded(why)] as const),
    ),
    ...unsupported.flatMap(([todo, names]) =>
      names.split(" ").map((name) => [name, lost(todo)] as const),
    ),
    ...["requiredheaders", "strictheaders"].map((name) => [name, lost(judged, isOff)] as const),
    ["allowsha1only", notNeeded("SHA-256 is always available")],
    ["atpsdomains", lost("ATPS (RFC 6541) is not supported")],
    ["atpshashalgorithm", notNeeded("only for ATPSDomains")],
    [
      "authservidwithjobid",
      lostForVerifying("Authentication-Results contains only authservId: remove the line"),
    ],
    [
      "bodylengthdb",
      lost(
        "l= cannot depend on the recipient: set signing.bodyLength in a hook, or omit l= (RFC 6376 8.2)",
      ),
    ],
    [
      "boguskey",
      lostForVerifying(
        "set dns.servers to a resolver that validates DNSSEC: a bogus key is then temperror",
        (value) => /^fail$/i.test(value),
      ),
    ],
    [
      "captureunknownerrors",
      lost("after an internal error, mail is always deferred with 451: remove it", isOff),
    ],
    ["canonicalization", carried("signing.canonicalization", canonicalization)],
    ["clockdrift", carried("verification.clockSkew", seconds)],
    ["defaultsender", lost("mail without an address in From is not signed: remove it")],
    ["diagnostics", carried("signing.copyHeaders", booleanOf)],
    ["diagnosticdirectory", lostForVerifying("run mailseal explain on a failed message", never)],
    ["dnsconnect", lostForVerifying("the resolver in dns.servers decides when to use TCP")],
    [
      "dnstimeout",
      carried(
        "dns.timeout",
        positiveSeconds,
        "0 (wait forever) has no counterpart: set dns.timeout",
      ),
    ],
    ["domainkeyscompat", lostForVerifying("DomainKeys records (RFC 4870) are not supported")],
    [
      "dontsignmailto",
      lost("the config cannot select mail by recipient: return skip in the hook beforeSign"),
    ],
    [
      "externalignorelist",
      notNeeded("it only suppresses a log line of OpenDKIM and signs nothing"),
    ],
    [
      "fixcrlf",
      lost("a milter cannot change line endings: let the mail server do it before signing", isOff),
    ],
    ["flowdata", lost("flow limits are not supported")],
    ["flowdatafactor", notNeeded("only for FlowData")],
    ["flowdatattl", notNeeded("only for FlowData")],
    [
      "identityheader",
      lost("i= cannot be taken from a field: set signing.identity in the hook beforeSign"),
    ],
    ["identityheaderremove", notNeeded("only for IdentityHeader")],
    [
      "ignoremalformedmail",
      lostForVerifying("malformed mail gets Authentication-Results like any other"),
    ],
    ["keepauthresults", lostForVerifying("forged fields with our id are always removed")],
    ["logwhy", notNeeded("mailseal-relay always logs why a message was not signed")],
    ["luaonlysigning", lost(script, isOff)],
    [
      "maximumheaders",
      carried(
        "limits.headerSize",
        octets,
        "an unlimited header has no counterpart: set limits.headerSize",
      ),
    ],
    [
      "maximumsignaturestoverify",
      lostForVerifying("all signatures are verified, within fixed limits", never),
    ],
    ["maximumsignedbytes", carried("signing.bodyLength", whole)],
    [
      "minimum",
      lostForVerifying(
        "the config cannot evaluate l=: check unsignedBodyBytes in the hook afterVerify",
        never,
      ),
    ],
    ["minimumkeybits", carried("verification.minimumRsaBits", keyBits, "the minimum is 512")],
    ["nameservers", carried("dns.servers", nameList)],
    ["noheaderb", lostForVerifying("every result contains header.b")],
    ["on-badsignature", carried("verification.actions.fail", action)],
    ["on-dnserror", carried("verification.actions.temperror", action)],
    ["on-internalerror", onOwnFault()],
    ["on-keynotfound", carried("verification.actions.permerror", action)],
    ["on-nosignature", carried("verification.actions.none", action)],
    [
      "on-security",
      lostForVerifying(
        "remove it: suspicious signatures get the result policy, see actions.policy",
        never,
      ),
    ],
    ["on-signatureerror", onOwnFault()],
    ["on-reputationerror", lost("reputation is not supported")],
    ["popdbfile", lost("POP before SMTP is not supported: let clients authenticate")],
    ["querycache", notNeeded("keys are always cached for their TTL")],
    ["ratelimits", lost("rate limits by signing domain are not supported")],
    [
      "redirectfailuresto",
      lostForVerifying(
        "set actions.fail to quarantine, and let the mail server sort such mail",
        never,
      ),
    ],
    ["removearall", lostForVerifying("only forged fields with our id are removed")],
    [
      "removearfrom",
      lostForVerifying(
        "only fields with our authservId are removed: remove others in the mail server",
        never,
      ),
    ],
    [
      "replaceheaders",
      lost("header rules are not supported: let the mail server change fields before the milter"),
    ],
    [
      "replacerules",
      lost("header rules are not supported: let the mail server change fields before the milter"),
    ],
    [
      "requestreports",
      lost("r=y (RFC 6651) is not supported: remove it, or request reports with DMARC", isOff),
    ],
    ["resignall", notNeeded("only for ResignMailTo")],
    ["resignmailto", lost("mail cannot be re-signed by recipient: choose in the hook beforeSign")],
    ["resolverconfiguration", lostForVerifying("set dns.servers to the resolver", never)],
    [
      "selectcanonicalizationheader",
      lost("a field cannot select the canonicalization: set it in the hook beforeSign"),
    ],
    [
      "senderheaders",
      lost("the author is always taken from From: use a hook if Sender must decide", (value) =>
        /^(?:csl:)?from$/i.test(value),
      ),
    ],
    [
      "sendermacro",
      lost("the author is always taken from From: use a hook if another address must decide"),
    ],
    ["sendreports", lostForVerifying("failure reports (RFC 6651) are not supported")],
    ["signaturealgorithm", carried("signing.algorithm", algorithm)],
    ["signaturettl", carried("signing.expireAfter", seconds)],
    ["softwareheader", notNeeded("DKIM-Filter only names the program")],
    [
      "temporarydirectory",
      notNeeded(
        "large messages are stored in spoolDirectory; set it if the temporary directory of the system is small",
      ),
    ],
    [
      "trustanchorfile",
      lostForVerifying(
        "set dns.servers to a resolver that validates DNSSEC, such as unbound on this machine",
        never,
      ),
    ],
    [
      "unprotectedkey",
      lostForVerifying("the DNSSEC status of a key is not available", (value) =>
        /^none$/i.test(value),
      ),
    ],
    ["vbr-purgefields", lost(vbr, isOff)],
    ["vbr-trustedcertifiersonly", lost(vbr, isOff)],
    ["weaksyntaxchecks", lostForVerifying("mail with an invalid From is never signed")],
    ["x-header", notNeeded("it is the old name of SoftwareHeader")],
  ],
);

/** The reply if signing itself fails, which is always 451. */
function onOwnFault(): OpendkimOption {
  return lost(
    "a message that cannot be signed is always deferred with 451: see signing.onMissingKey",
    (value) => /^t(?:empfail)?$/i.test(value),
  );
}
