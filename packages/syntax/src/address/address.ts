import { checkSplit, fieldText, type HeaderField, type Message } from "../message/message.ts";
import { checkText } from "../text/argument-checks.ts";
import { AddressScanner } from "./address-scanner.ts";
import { toAsciiDomain } from "./domain-name.ts";

/** One address of a From, Sender, To ... field (RFC 5322 3.4, RFC 6532). */
export interface Mailbox {
  /** As written, unquoted; encoded words (RFC 2047) are left encoded. */
  readonly displayName?: string;
  /** `localPart@domain`. */
  readonly address: string;
  /** As written, with its quotes. */
  readonly localPart: string;
  /** The domain in A-labels and lower case if it is a domain name; otherwise as written, in lower case. */
  readonly domain: string;
}

/**
 * The addresses in the unfolded text of an address field, groups flattened. At most 1,000.
 *
 * Never throws; linear. Text in comments, quoted strings, encoded words and group names is never an address.
 * Malformed text is read as mail programs read it: a missing ">" is assumed at the end of the text, and if
 * words without angle brackets contain several addresses, each is reported, because any of them may be shown.
 *
 * ```ts
 * parseAddressList("Ada <ada@example.com>, bob@example.net").length; // 2
 * ```
 */
export function parseAddressList(text: string): readonly Mailbox[] {
  checkText(text);
  const mailboxes: Mailbox[] = [];
  for (const { phrase, address } of new AddressScanner(text)) {
    if (address === undefined) {
      for (const word of phrase.addressLikeWords()) {
        addMailbox(mailboxes, "", word);
      }
    } else {
      addMailbox(mailboxes, phrase.displayText(), address);
    }
  }
  return mailboxes;
}

/**
 * The addresses of every From field, in order.
 *
 * ```ts
 * const message = splitMessage(Buffer.from("From: Ada <ada@example.com>\r\n\r\n"));
 * fromMailboxes(message)[0]?.domain; // "example.com"
 * ```
 */
export function fromMailboxes(message: Message): readonly Mailbox[] {
  checkSplit(message);
  return mailboxesOf(message, message.byKey.get("from"));
}

/**
 * The addresses of every Sender field, in order; a valid message has one at most.
 *
 * ```ts
 * const message = splitMessage(Buffer.from("Sender: bob@example.net\r\n\r\n"));
 * senderMailboxes(message)[0]?.address; // "bob@example.net"
 * ```
 */
export function senderMailboxes(message: Message): readonly Mailbox[] {
  checkSplit(message);
  return mailboxesOf(message, message.byKey.get("sender"));
}

const maxMailboxes = 1000;

function mailboxesOf(
  message: Message,
  fields: readonly HeaderField[] | undefined,
): readonly Mailbox[] {
  const all: Mailbox[] = [];
  for (const field of fields ?? []) {
    if (all.length < maxMailboxes) {
      all.push(...parseAddressList(fieldText(message, field)));
    }
  }
  return all.slice(0, maxMailboxes);
}

/**
 * The first "@" that is not in quotes. An address with two of them has no domain, because programs differ in
 * which one they choose.
 */
function endOfLocalPart(addrSpec: string): number {
  let quoted = false;
  for (let at = 0; at < addrSpec.length; at++) {
    const character = addrSpec[at];
    if (character === '"') {
      quoted = !quoted;
    } else if (character === "\\") {
      at++;
    } else if (character === "@" && !quoted) {
      return at;
    }
  }
  return -1;
}

function addMailbox(mailboxes: Mailbox[], displayName: string, addrSpec: string): void {
  const at = endOfLocalPart(addrSpec);
  if (at <= 0 || at === addrSpec.length - 1 || mailboxes.length >= maxMailboxes) {
    return;
  }
  const localPart = addrSpec.slice(0, at);
  const written = addrSpec.slice(at + 1);
  const domain = toAsciiDomain(written) ?? written.toLowerCase();
  mailboxes.push({
    ...(displayName === "" ? {} : { displayName }),
    address: `${localPart}@${written}`,
    localPart,
    domain,
  });
}
