import { legacyAlgorithmNames } from "@mailseal/crypto/algorithms";
import { z } from "zod";
import { domainName, duration } from "./values.ts";

/** What is done with a message for the best result of its signatures. `header` adds the result field only. */
const verificationAction = z.enum(["accept", "header", "quarantine", "reject", "defer"]);

export type VerificationAction = z.output<typeof verificationAction>;

const action = verificationAction.optional();

/** What a scope may say about verifying; the scope is found by the From domain and the listener's binding. */
export const verificationOptions = z
  .strictObject({
    verify: z.boolean().optional().describe("whether to verify at all"),
    actions: z
      .strictObject({
        pass: action.describe("some signature passes and counts"),
        fail: action.describe("a signature does not match"),
        policy: action.describe("it matches, and the local policy refuses it"),
        neutral: action.describe("it cannot be read"),
        temperror: action.describe("its key could not be had for the time being"),
        permerror: action.describe("it can never be verified"),
        none: action.describe("there is no signature"),
      })
      .optional()
      .describe(
        "by the best result among the signatures that count; accept: leave no trace, header: add Authentication-Results, quarantine: that and the quarantine field, reject: 550 with the code of RFC 7372, defer: 451",
      ),
    requiredFields: z
      .array(z.string())
      .optional()
      .describe("fields that a signature must cover where they exist"),
    trustedSigners: z
      .array(domainName)
      .optional()
      .describe("only signatures of these domains count; left out, all do"),
    alignment: z
      .enum(["none", "relaxed", "strict"])
      .optional()
      .describe("how d= must stand to the From domain for a signature to count"),
    maximumAge: duration.optional().describe("signatures older by t= do not count; 0 is any age"),
    minimumRsaBits: z
      .int()
      .min(512)
      .max(16_384)
      .optional()
      .describe("shorter RSA keys count as policy"),
    allowAlgorithms: z
      .array(z.enum(legacyAlgorithmNames()))
      .optional()
      .describe("legacy algorithms that count, against RFC 8301"),
    clockSkew: duration.optional().describe("how far clocks may differ, for t= and x="),
  })
  .meta({ id: "verification" });

export type VerificationSettings = z.output<typeof verificationOptions>;

export const verificationDefaults = {
  verify: true,
  actions: {
    pass: "header",
    fail: "header",
    policy: "header",
    neutral: "header",
    temperror: "header",
    permerror: "header",
    none: "header",
  },
  alignment: "none",
  minimumRsaBits: 1024,
} as const satisfies VerificationSettings;
