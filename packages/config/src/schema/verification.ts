import { legacyAlgorithmNames } from "@mailseal/crypto/algorithms";
import { z } from "zod";
import { domainName, duration } from "./values.ts";

/** What happens to a message. `header` adds the Authentication-Results field and nothing else. */
const verificationAction = z.enum(["accept", "header", "quarantine", "reject", "defer"]);

/** What to do with mail that has a result: accept it, mark it, or refuse it. */
export type VerificationAction = z.output<typeof verificationAction>;

const action = verificationAction.optional();

/** The verification options of a scope, which is found by the From domain and the binding of the listener. */
export const verificationOptions = z
  .strictObject({
    verify: z.boolean().optional().describe("whether signatures are verified"),
    actions: z
      .strictObject({
        pass: action.describe("a signature that counts passes"),
        fail: action.describe("the best signature does not match the message or its key"),
        policy: action.describe("the best signature matches, but a local rule refuses it"),
        neutral: action.describe("the best signature cannot be parsed"),
        temperror: action.describe("the key of the best signature is temporarily unavailable"),
        permerror: action.describe("the best signature can never be verified"),
        none: action.describe("no signature counts"),
      })
      .optional()
      .describe(
        "what happens to a message, by the best result of the signatures that count. accept: leave no trace; header: add Authentication-Results; quarantine: also add the quarantine field; reject: 550 with the code of RFC 7372; defer: 451",
      ),
    requiredFields: z
      .array(z.string())
      .optional()
      .describe("header fields that a signature must cover if the message has them"),
    trustedSigners: z
      .array(domainName)
      .optional()
      .describe("only signatures of these domains count; default: all do"),
    alignment: z
      .enum(["none", "relaxed", "strict"])
      .optional()
      .describe(
        "how d= must match the From domain for a signature to count; relaxed: same organizational domain, strict: same domain",
      ),
    maximumAge: duration
      .optional()
      .describe("signatures older than this, by t=, do not count; 0: no limit"),
    minimumRsaBits: z
      .int()
      .min(512)
      .max(16_384)
      .optional()
      .describe("signatures with shorter RSA keys get the result policy"),
    allowAlgorithms: z
      .array(z.enum(legacyAlgorithmNames()))
      .optional()
      .describe("legacy algorithms to accept, although RFC 8301 forbids them"),
    clockSkew: duration
      .optional()
      .describe("tolerated difference between clocks when t= and x= are checked"),
  })
  .meta({ id: "verification" });

/** The verification options of a scope, as they are after reading. */
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
