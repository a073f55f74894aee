import { algorithmNames } from "@mailseal/crypto/algorithms";
import { defaultFieldPreset, fieldPresetNames } from "@mailseal/signer";
import { canonicalizationPairs, selectorInRecordName } from "@mailseal/syntax";
import { z } from "zod";
import { filePath, secretText } from "./option-kinds.ts";
import { addressPattern, domainName, duration, size } from "./values.ts";

const fieldNames = z.array(z.string().min(1).max(998)).describe("header field names");

/** The options of one signature. In a scope they apply to all of its signatures. */
const signatureShape = {
  selector: z
    .string()
    .refine((text) => selectorInRecordName(text) === undefined, {
      error: "expected the part before ._domainkey",
    })
    .optional()
    .describe("selector (s=)"),
  key: filePath
    .optional()
    .describe("file of the private key; %{d} is the signing domain, %{s} the selector"),
  keyText: secretText
    .optional()
    .describe(
      "private key itself, PEM or bare base64; write ${NAME} to read it from the environment",
    ),
  passphraseFile: filePath
    .optional()
    .describe("file whose first line is the passphrase of an encrypted key"),
  algorithm: z
    .enum(algorithmNames())
    .optional()
    .describe("signature algorithm (a=); default: by the type of the key"),
  canonicalization: z
    .enum(canonicalizationPairs)
    .optional()
    .describe("canonicalization (c=) of header and body"),
  headers: fieldNames
    .optional()
    .describe(
      "header fields to sign, in the order of h=, with the suffixes ? * + as in the manual",
    ),
  fieldOrder: z
    .enum(["list", "message"])
    .optional()
    .describe("order of h=: that of headers, or that of the fields in the message, as in OpenDKIM"),
  fields: z
    .enum(fieldPresetNames)
    .optional()
    .describe(
      `fields to sign and oversign unless headers and oversign are set: docs/explanations/signed-fields.md has the table. Built-in default: ${defaultFieldPreset}`,
    ),
  oversign: fieldNames
    .optional()
    .describe(
      "header fields to sign once more than they occur, so that none can be added; with the suffix ?, only if the message has one",
    ),
  skip: fieldNames.optional().describe("header fields never to sign"),
  identity: z.string().optional().describe("identity (i=); %{d} is the From domain"),
  baseDomain: domainName.optional().describe("sign as this parent domain of the From domain"),
  domain: domainName.optional().describe("sign as this domain, whatever the From domain is"),
  expireAfter: duration.optional().describe("time until the signature expires (x=); 0: never"),
  bodyLength: z
    .union([z.boolean(), size])
    .optional()
    .describe(
      "sign the length of the body (l=). true: all of the body; a size: at most that many octets. Text can be added to such mail",
    ),
  copyHeaders: z
    .boolean()
    .optional()
    .describe("add copies of the signed fields (z=), for diagnosis"),
  minimumRsaBits: z
    .int()
    .min(512)
    .max(16_384)
    .optional()
    .describe("refuse to sign with shorter RSA keys"),
  testing: z
    .boolean()
    .optional()
    .describe("the domain is testing DKIM: its signatures are counted separately"),
};

/** One of several signatures; options that it leaves out come from its scope. */
const signatureOptions = z.strictObject(signatureShape).meta({ id: "signature" });

/** The signatures of a message by its From address, row by row, like OpenDKIM's SigningTable. */
const signingTable = z
  .strictObject({
    match: z
      .enum(["first", "all"])
      .default("first")
      .describe("sign with the first row that matches, or with every row that matches"),
    rows: z
      .array(
        z
          .strictObject({
            from: addressPattern.describe(
              'pattern of the From address, for example "ada@example.com" or "*@example.com"; * matches any text',
            ),
            ...signatureShape,
          })
          .meta({ id: "signingTableRow" }),
      )
      .min(1)
      .max(100_000)
      .describe(
        "rows, tried in this order; each is a signature, and options that it leaves out come from the scope",
      ),
  })
  .meta({ id: "signingTable" });

/** Signatures by From address: `signing.table`. */
export type SigningTable = z.output<typeof signingTable>;

/**
 * The signing options of a scope; what it leaves out comes from a wider scope.
 *
 * ```ts
 * signingOptions.parse({ selector: "mail2026", expireAfter: "14d" }).expireAfter; // milliseconds
 * ```
 */
export const signingOptions = z
  .strictObject({
    sign: z.boolean().optional().describe("whether mail is signed"),
    ...signatureShape,
    signatures: z
      .array(signatureOptions)
      .min(1)
      .max(8)
      .optional()
      .describe(
        "several signatures for each message; options that one leaves out come from the scope",
      ),
    table: signingTable
      .optional()
      .describe(
        "signatures by From address, instead of signatures; mail that no row matches is not signed",
      ),
    fallbackDomain: domainName
      .optional()
      .describe("domain to sign as if the From domain has no key"),
    signCondition: z
      .array(z.string().min(1))
      .optional()
      .describe(
        "sign only if one of these holds: authUser, relayNetwork, or the name of a context variable that exists",
      ),
    onMissingKey: z
      .enum(["auto", "deliver", "defer", "reject"])
      .optional()
      .describe(
        "if the key file of a message is missing: deliver it unsigned, defer it with 451, or reject it with 554. auto: defer if the config, its key database or a hook names the key or the domain; deliver if only a pattern or %{d} matches the domain",
      ),
    onUnusableKey: z
      .enum(["defer", "deliver", "reject"])
      .optional()
      .describe(
        "if the key of a message exists but cannot be used, because of its content, length, type or permissions: defer with 451 until it is repaired, deliver unsigned, or reject with 554",
      ),
    requirePublished: z
      .boolean()
      .optional()
      .describe("sign only if DNS publishes the matching key; otherwise deliver unsigned"),
    addMissingFields: z
      .enum(["never", "submitted", "always"])
      .optional()
      .describe(
        "add a missing Date and Message-ID before signing. submitted: only for clients that may submit mail (loopback, relayNetworks, authenticated)",
      ),
    removeOldSignatures: z
      .boolean()
      .optional()
      .describe("remove existing signatures of our own domains from the message"),
  })
  .meta({ id: "signing" });

/** The options of one signature. */
export type SignatureSettings = z.output<typeof signatureOptions>;
/** The signing options of a scope, as they are after reading. */
export type SigningSettings = z.output<typeof signingOptions>;

/**
 * The built-in defaults, which apply if no scope sets the option.
 *
 * ```ts
 * signingDefaults.canonicalization; // "relaxed/relaxed"
 * ```
 */
export const signingDefaults = {
  sign: true,
  canonicalization: "relaxed/relaxed",
  fields: defaultFieldPreset,
  onMissingKey: "auto",
  onUnusableKey: "defer",
  requirePublished: false,
  addMissingFields: "submitted",
  removeOldSignatures: false,
  minimumRsaBits: 2048,
  testing: false,
} as const satisfies SigningSettings;
