import { charsetLabels } from "../../mime/charsets.ts";

/** The values of MIME fields, and some others, in nearly all mail: guesses for a missing or changed field. */
export const usualValues: ReadonlyMap<string, readonly string[]> = new Map([
  ["mime-version", ["1.0", "1.0 (1.0)"]],
  [
    "content-transfer-encoding",
    "7bit 8bit quoted-printable base64 binary 7Bit 8Bit 7BIT 8BIT Quoted-Printable QUOTED-PRINTABLE BASE64".split(
      " ",
    ),
  ],
  [
    "content-type",
    ["text/plain", "text/html"].flatMap((type) =>
      [type].concat(
        charsetLabels.flatMap((charset) => [
          `${type}; charset=${charset}`,
          `${type}; charset="${charset}"`,
          `${type}; charset=${charset}; format=flowed`,
          `${type}; charset="${charset}"; format=flowed`,
        ]),
      ),
    ),
  ],
  ["content-language", ["en", "en-US", "en-GB", "de", "de-DE", "fr", "es"]],
  ["content-disposition", ["inline", "attachment"]],
  ["precedence", ["bulk", "list", "junk"]],
  ["auto-submitted", ["auto-generated", "auto-replied", "no"]],
  ["importance", ["normal", "high", "low", "Normal", "High"]],
  ["priority", ["normal", "urgent", "non-urgent"]],
  ["x-priority", ["3", "1", "3 (Normal)", "1 (Highest)"]],
  ["list-unsubscribe-post", ["List-Unsubscribe=One-Click"]],
  ["feedback-id", []],
]);
