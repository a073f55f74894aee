import { algorithmNames } from "@mailseal/crypto/algorithms";
import { canonicalizationPairs } from "@mailseal/syntax";
import { z } from "zod";
import { addressPattern, domainName, duration, size } from "./values.ts";

const fieldNames = z.array(z.string().min(1).max(998)).describe("header field names");

/** What one signature is made with. In a scope it is said once for all its signatures. */
const signatureShape = {
  selector: z.string().optional().describe("s="),
  key: z
    .string()
    .optional()
    .describe("path of the private key; %{d} is the signing domain, %{s} the selector"),
  keyText: z
    .string()
    .optional()
    .describe("the private key itself, PEM or bare base64; best given as ${NAME}"),
  passphraseFile: z.string().optional().describe("its first line opens an encrypted key"),
  algorithm: z.enum(algorithmNames()).optional().describe("a=; by the key if left out"),
  canonicalization: z.enum(canonicalizationPairs).optional().describe("c=, header then body"),
  headers: fieldNames
    .optional()
    .describe("fields to sign, in the order of h=; suffixes ? * + as in the manual"),
  fieldOrder: z
    .enum(["list", "message"])
    .optional()
    .describe(
      "h= in the order of headers, or in that of the message's own fields, as OpenDKIM has it",
    ),
  fields: z
    .enum(["strict", "standard", "minimal"])
    .optional()
    .describe(
      "which fields are signed and may not be added if headers and oversign say nothing: see the table in the signer's README",
    ),
  oversign: fieldNames
    .optional()
    .describe("fields of which no more may be added; with the suffix ? if the message has one"),
  skip: fieldNames.optional().describe("fields never to sign"),
  identity: z.string().optional().describe("i=; %{d} is the From domain"),
  baseDomain: domainName.optional().describe("sign as this parent of the From domain"),
  domain: domainName.optional().describe("sign as this domain whatever From says"),
  expireAfter: duration.optional().describe("x= after the time of signing; 0 is never"),
  bodyLength: z
    .union([z.boolean(), size])
    .optional()
    .describe("l=: true for all of the body, or at most so many octets"),
  copyHeaders: z.boolean().optional().describe("z=, copies of the signed fields"),
  minimumRsaBits: z.int().min(512).max(16_384).optional().describe("refuse shorter RSA keys"),
  testing: z.boolean().optional().describe("the domain is testing: counted apart"),
};

/** One signature among several; what it leaves out is its scope's. */
const signatureOptions = z.strictObject(signatureShape).meta({ id: "signature" });

/** Which signatures a message gets by its From address, row by row: OpenDKIM's SigningTable. */
const signingTable = z
  .strictObject({
    match: z
      .enum(["first", "all"])
      .default("first")
      .describe("sign with the first row that matches, or with each that does"),
    rows: z
      .array(
        z
          .strictObject({
            from: addressPattern.describe(
              'the From address, as in "ada@example.com" or "*@example.com"; * is any text',
            ),
            ...signatureShape,
          })
          .meta({ id: "signingTableRow" }),
      )
      .min(1)
      .max(100_000)
      .describe("tried in this order; each is a signature over the scope's own options"),
  })
  .meta({ id: "signingTable" });

export type SigningTable = z.output<typeof signingTable>;

/** What a scope may say about signing; every part may be left to a wider scope. */
export const signingOptions = z
  .strictObject({
    sign: z.boolean().optional().describe("whether to sign at all"),
    ...signatureShape,
    signatures: z
      .array(signatureOptions)
      .min(1)
      .max(8)
      .optional()
      .describe("several signatures for a message, each over the scope's own options"),
    table: signingTable
      .optional()
      .describe(
        "signatures by From address, in order, in place of signatures: mail that no row matches is not signed",
      ),
    fallbackDomain: domainName
      .optional()
      .describe("sign as this domain where the From domain has no key"),
    signCondition: z
      .array(z.string().min(1))
      .optional()
      .describe(
        "sign only where one of these holds: authUser, relayNetwork, or the name of a context variable that must exist",
      ),
    onMissingKey: z
      .enum(["auto", "deliver", "defer", "reject"])
      .optional()
      .describe(
        "what becomes of a message whose key file is missing: deliver it unsigned, or answer 451 or 554; auto: 451 for a key or domain that the config, its key database or a hook names, deliver for a domain that only a pattern or %{d} reaches",
      ),
    onUnusableKey: z
      .enum(["defer", "deliver", "reject"])
      .optional()
      .describe(
        "what becomes of a message whose key is there and cannot be used: its content, length, type or permissions; defer answers 451 until it is mended",
      ),
    requirePublished: z
      .boolean()
      .optional()
      .describe("sign only where DNS publishes the matching key; otherwise deliver unsigned"),
    addMissingFields: z
      .enum(["never", "submitted", "always"])
      .optional()
      .describe(
        "add a Date and a Message-ID that a message lacks before signing it: never, for clients that may submit (loopback, relayNetworks, authenticated), or always",
      ),
    removeOldSignatures: z
      .boolean()
      .optional()
      .describe("remove signatures of our own domains that the message already carries"),
  })
  .meta({ id: "signing" });

export type SignatureSettings = z.output<typeof signatureOptions>;
export type SigningSettings = z.output<typeof signingOptions>;

/** The global scope's defaults: what holds where no scope says anything. */
export const signingDefaults = {
  sign: true,
  canonicalization: "relaxed/relaxed",
  fields: "standard",
  onMissingKey: "auto",
  onUnusableKey: "defer",
  requirePublished: false,
  addMissingFields: "submitted",
  removeOldSignatures: false,
  minimumRsaBits: 2048,
  testing: false,
} as const satisfies SigningSettings;
