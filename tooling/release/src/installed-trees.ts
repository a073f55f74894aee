interface Adds {
  /** Mailseal packages, without the scope; their own dependencies are listed in their entries. */
  readonly family: readonly string[];
  /** Dependencies that none of those packages has. */
  readonly others: readonly string[];
}

const natsClient = [
  "@nats-io/jetstream",
  "@nats-io/nats-core",
  "@nats-io/nkeys",
  "@nats-io/nuid",
  "@nats-io/obj",
  "@nats-io/transport-node",
  "js-sha256",
  "tweetnacl",
];
const prompts = [
  "@clack/core",
  "@clack/prompts",
  "fast-string-truncated-width",
  "fast-string-width",
  "fast-wrap-ansi",
  "sisteransi",
];
const metrics = ["bintrees", "prom-client", "tdigest"];
const log = [
  "@pinojs/redact",
  "atomic-sleep",
  "on-exit-leak-free",
  "pino",
  "pino-abstract-transport",
  "pino-std-serializers",
  "process-warning",
  "quick-format-unescaped",
  "real-require",
  "safe-stable-stringify",
  "sonic-boom",
  "split2",
  "thread-stream",
];

/** The dependencies that each package adds, after the packages it depends on. */
const adds: ReadonlyMap<string, Adds> = new Map([
  ["errors", { family: [], others: [] }],
  ["syntax", { family: ["crypto"], others: [] }],
  ["crypto", { family: ["errors"], others: ["node-forge"] }],
  ["thread-pool", { family: ["errors"], others: [] }],
  ["canonicalization", { family: ["crypto", "syntax"], others: [] }],
  ["dns-record", { family: ["crypto", "syntax"], others: [] }],
  ["signer", { family: ["canonicalization", "thread-pool"], others: [] }],
  [
    "verifier",
    { family: ["canonicalization", "dns-record", "thread-pool"], others: ["tldts", "tldts-core"] },
  ],
  ["nodemailer", { family: ["signer"], others: ["nodemailer"] }],
  ["stats", { family: ["errors"], others: [] }],
  ["milter", { family: ["errors"], others: [] }],
  ["queue", { family: ["errors"], others: [] }],
  ["config", { family: ["crypto", "signer", "syntax"], others: ["yaml", "zod"] }],
  ["policy", { family: ["config", "signer", "verifier"], others: ["@opentelemetry/api"] }],
  ["rotation", { family: ["dns-record"], others: [] }],
  ["delivery", { family: ["policy", "queue"], others: ["nodemailer"] }],
  // smol-toml reads KumoMTA's dkim_data.toml; setup asks with @clack/prompts, shows its changes with diff, and sends a
  // message through the mail server to a server of its own.
  [
    "cli",
    {
      family: ["policy", "queue", "rotation", "stats"],
      others: [
        ...natsClient,
        ...prompts,
        "commander",
        "diff",
        "nodemailer",
        "punycode.js",
        "smol-toml",
        "smtp-server",
      ],
    },
  ],
  [
    "relay",
    {
      family: ["delivery", "milter", "queue", "stats"],
      others: [
        ...natsClient,
        ...log,
        ...metrics,
        "@hono/node-server",
        "commander",
        "hono",
        "punycode.js",
        "smtp-server",
        "uplot",
      ],
    },
  ],
  [
    "worker",
    {
      family: ["delivery", "queue", "rotation", "stats"],
      // All but the NATS client, the log, the metrics and commander come with mailauth, which is used for MTA-STS.
      others: [
        ...natsClient,
        ...log,
        ...metrics,
        "@hapi/address",
        "@hapi/formula",
        "@hapi/hoek",
        "@hapi/pinpoint",
        "@hapi/tlds",
        "@hapi/topo",
        "@nodable/entities",
        "@peculiar/asn1-schema",
        "@peculiar/asn1-x509",
        "@peculiar/asn1-x509-logotype",
        "@peculiar/utils",
        "@postalsys/vmc",
        "@standard-schema/spec",
        "anynum",
        "asn1js",
        "commander",
        "encoding-japanese",
        "fast-xml-builder",
        "fast-xml-parser",
        "iconv-lite",
        "ipaddr.js",
        "is-unsafe",
        "joi",
        "libbase64",
        "libmime",
        "libqp",
        "mailauth",
        "path-expression-matcher",
        "punycode.js",
        "pvtsutils",
        "pvutils",
        "safer-buffer",
        "strnum",
        "tslib",
        "undici",
        "xml-naming",
      ],
    },
  ],
]);

/**
 * Everything that installing a package may put on a user's disk, without the package itself. A new dependency must
 * be worth it to everybody who installs the package; a signer, for example, has no use for an SMTP, DNS or
 * configuration library.
 */
export const installedTrees: ReadonlyMap<string, readonly string[]> = new Map(
  [...adds.keys()].map((name) => [`@mailseal/${name}`, [...treeOf(name)].toSorted()]),
);

function treeOf(name: string): ReadonlySet<string> {
  const { family, others } = adds.get(name) ?? { family: [], others: [] };
  const tree = new Set(others);
  for (const needed of family) {
    tree.add(`@mailseal/${needed}`);
    for (const below of treeOf(needed)) tree.add(below);
  }
  return tree;
}
