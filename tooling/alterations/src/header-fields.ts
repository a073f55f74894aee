import type { Alteration } from "./alteration.ts";
import { isNamed, Mail } from "./mail.ts";

/** Signed with two fields of one name: notes that programs leave and others touch. */
const noted = {
  headers: ["From", "To", "Subject", "Date", "Comments+", "Keywords+"],
  oversign: ["From", "Comments"],
} as const;

/** The same signing, of a message that has these fields. */
export const notes: readonly string[] = [
  "Comments: seen by the harbour master",
  "Keywords: boat, Thursday",
  "Comments: seen by the crew",
  "Comments: printed",
];

function onNotes(
  name: string,
  causes: readonly string[],
  alter: (mail: Mail) => Mail | undefined,
  signing: Alteration["signing"] = noted,
): Alteration {
  return {
    name,
    causes,
    signing,
    alter: (mail) => (mail.has("Comments") ? alter(mail) : undefined),
  };
}

function withoutNote(mail: Mail, text: string): Mail {
  return new Mail(
    mail.fields.filter(({ raw }) => !raw.includes(text)),
    mail.body,
  );
}

function withNotes(mail: Mail, reorder: (lines: readonly string[]) => readonly string[]): Mail {
  const lines = reorder(
    mail.fields.filter((one) => isNamed(one, "Comments")).map(({ raw }) => raw),
  );
  return mail.remove("Comments").addBelow(...lines);
}

/** Duplicated and removed fields. */
export const fieldAlterations: readonly Alteration[] = [
  onNotes("one more of a repeated field", ["field-added comments"], (mail) =>
    mail.addBelow("Comments: archived"),
  ),
  onNotes("one more of a repeated field, above", ["field-added comments"], (mail) =>
    mail.addAbove("Comments: archived"),
  ),
  onNotes(
    "one of a repeated field removed, z= has it",
    ["field-removed comments"],
    (mail) => withoutNote(mail, "seen by the crew"),
    { ...noted, copyHeaders: true },
  ),
  onNotes(
    "one of a repeated field edited, z= has it",
    ["field-edited comments"],
    (mail) => mail.rewrite("Comments", (raw) => raw.replace("master", "office")),
    { ...noted, copyHeaders: true },
  ),
  onNotes("repeated fields put the other way round", ["field-reordered comments"], (mail) =>
    withNotes(mail, (lines) => lines.toReversed()),
  ),
  onNotes("the last of a repeated field moved to the top", ["field-reordered comments"], (mail) =>
    withNotes(mail, ([first = "", second = "", third = ""]) => [third, first, second]),
  ),
  {
    name: "MIME-Version removed",
    causes: ["field-removed mime-version"],
    alter: (mail) => (mail.has("MIME-Version") ? mail.remove("MIME-Version") : undefined),
  },
  {
    name: "Content-Transfer-Encoding removed",
    causes: ["field-removed content-transfer-encoding"],
    alter: (mail) =>
      mail.has("Content-Transfer-Encoding") ? mail.remove("Content-Transfer-Encoding") : undefined,
  },
  {
    name: "Cc removed, z= has it",
    causes: ["field-removed cc"],
    signing: { copyHeaders: true },
    alter: (mail) => mail.remove("Cc"),
  },
  {
    name: "Message-ID rewritten, z= has it",
    causes: ["field-edited message-id"],
    signing: { copyHeaders: true },
    alter: (mail) => mail.set("Message-ID", () => "<AM0PR04MB1234@AM0PR04.prod.outlook.example>"),
  },
  {
    name: "Message-ID rewritten, kept in X-Original-Message-ID",
    causes: ["field-edited message-id"],
    alter: (mail) => {
      const before = mail.value("Message-ID") ?? "";
      return mail
        .set("Message-ID", () => "<010201@eu-west-1.mailservice.example>")
        ?.addBelow(`X-Original-Message-ID: ${before}`);
    },
  },
  {
    name: "Date is that of the relay, z= has it",
    causes: ["field-edited date"],
    signing: { copyHeaders: true },
    alter: (mail) => mail.set("Date", () => "Tue, 24 Nov 2026 08:41:17 +0000"),
  },
  {
    name: "To rewritten, z= has it",
    causes: ["field-edited to"],
    signing: { copyHeaders: true },
    alter: (mail) => mail.set("To", () => "undisclosed-recipients:;"),
  },
  {
    name: "Subject replaced, z= has it",
    causes: ["field-edited subject"],
    signing: { copyHeaders: true },
    alter: (mail) => mail.set("Subject", () => "=?utf-8?Q?Etwas_ganz_anderes?="),
  },
];
