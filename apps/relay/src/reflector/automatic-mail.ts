import { fieldValue, isAutomaticMail, type Message } from "@mailseal/syntax";

/** What the header of a message says that matters for answering it. */
export interface AutomaticMarks {
  /** It came from a program or a list: answering it may start a loop. */
  readonly isAutomatic: boolean;
  /** As it stands in the field, RFC 2047 words and all; ASCII. */
  readonly subject: string;
  readonly messageId: string | undefined;
}

export function automaticMarks(message: Message): AutomaticMarks {
  const text = (name: string): string | undefined => {
    const field = message.byKey.get(name)?.[0];
    return field === undefined ? undefined : fieldValue(message, field);
  };
  return {
    isAutomatic: isAutomaticMail(message),
    subject: asciiLine(text("subject") ?? ""),
    messageId: /<[!-~]{1,900}>/.exec(text("message-id") ?? "")?.[0],
  };
}

function asciiLine(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[^ -~]/g, "?")
    .trim()
    .slice(0, 200);
}
