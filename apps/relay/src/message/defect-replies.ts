import { refusal, type Reply } from "@mailseal/delivery";
import { headerRefusals } from "@mailseal/policy";
import type { IncomingDefect } from "./incoming-message.ts";

/** The replies to messages that are refused for their form. The limits on the header have the pipeline's replies. */
export const defectReplies: Readonly<Record<IncomingDefect, Reply>> = {
  "bare-cr": refusal(554, "5.6.0", "the message has a bare CR, and its lines must end with CR LF"),
  "bare-lf": refusal(554, "5.6.0", "the message has a bare LF, and its lines must end with CR LF"),
  nul: refusal(554, "5.6.0", "the message has a NUL octet, which mail cannot carry"),
  "long-line": refusal(554, "5.6.0", "the message has a line that is too long (RFC 5322 2.1.1)"),
  "header-too-large": ofLimit(headerRefusals["header-too-large"]),
  "too-many-fields": ofLimit(headerRefusals["too-many-fields"]),
  "mail-loop": refusal(
    554,
    "5.4.6",
    "the message has too many Received fields and seems to be in a mail loop",
  ),
  "message-too-large": refusal(552, "5.3.4", "the message is larger than allowed"),
  memory: refusal(452, "4.3.1", "no memory for the message at the moment, try again later"),
  disk: refusal(452, "4.3.1", "no disk space for the message at the moment, try again later"),
};

function ofLimit({ code, enhancedCode, text }: (typeof headerRefusals)["too-many-fields"]): Reply {
  return refusal(code, enhancedCode, text);
}
