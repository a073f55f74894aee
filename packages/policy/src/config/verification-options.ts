import { z } from "zod";
import { domainName, duration } from "./values.ts";

/** What is done with a message for the best result of its signatures. `header` adds the result field only. */
export const verificationAction = z.enum(["accept", "header", "quarantine", "reject", "defer"]);

export type VerificationAction = z.output<typeof verificationAction>;

const action = verificationAction.optional();

/** What a scope may say about verifying; the scope is found by the From domain and the listener's binding. */
export const verificationOptions = z.strictObject({
  verify: z.boolean().optional().meta({ description: "whether to verify at all" }),
  actions: z
    .strictObject({
      pass: action,
      fail: action,
      policy: action,
      neutral: action,
      temperror: action,
      permerror: action,
      none: action,
    })
    .optional()
    .meta({
      description:
        "by the best result among the signatures that count; accept: leave no trace, header: add Authentication-Results, quarantine: that and the quarantine field, reject: 550 with the code of RFC 7372, defer: 451",
    }),
  requiredFields: z
    .array(z.string())
    .optional()
    .meta({ description: "fields that a signature must cover where they exist" }),
  trustedSigners: z
    .array(domainName)
    .optional()
    .meta({ description: "only signatures of these domains count; left out, all do" }),
  alignment: z
    .enum(["none", "relaxed", "strict"])
    .optional()
    .meta({ description: "how d= must stand to the From domain for a signature to count" }),
  maximumAge: duration
    .optional()
    .meta({ description: "signatures older by t= do not count; 0 is any age" }),
  minimumRsaBits: z.int().min(512).max(16_384).optional(),
  allowAlgorithms: z.array(z.enum(["rsa-sha1"])).optional(),
  clockSkew: duration.optional(),
});

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
