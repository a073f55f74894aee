import type { Config } from "@mailseal/config";
import { fromMailboxes, senderMailboxes } from "@mailseal/syntax";
import type { StoredMessage } from "../pipeline/mail.ts";
import { openMessage } from "../pipeline/open-message.ts";

/** What `fromMailboxes` reads at most. */
const mostAuthors = 1000;

/**
 * Every address that a message shows as its author or its sender: those of all From and Sender fields. Reads no
 * more than the header. Empty where From has no address that can be read, or too many, and for a header beyond the
 * limits.
 */
export async function authorAddresses(
  message: StoredMessage,
  limits: Pick<Config["limits"], "headerSize" | "headerFields">,
): Promise<readonly string[]> {
  const opened = await openMessage(message, limits);
  if (!opened.ok) return [];
  const { header } = opened.message;
  await opened.message.close();
  const authors = fromMailboxes(header);
  // More are not read, and might be shown.
  if (authors.length >= mostAuthors) return [];
  // RFC 6376 is about From, but programs that show mail show Sender as well: "on behalf of".
  return authors.length === 0
    ? []
    : [...authors, ...senderMailboxes(header)].map(({ address }) => address);
}
