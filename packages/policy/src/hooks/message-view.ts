import { fieldText, fromMailboxes, type Message } from "@mailseal/syntax";

/** The part of a message that a hook can read: its header. */
export interface MessageView {
  readonly sizeBytes: number;
  /** The first field of a name, from the top: unfolded, UTF-8, trimmed. */
  get(name: string): string | undefined;
  /** Every field of a name, from the top. */
  getAll(name: string): readonly string[];
  /** The names of all fields as written, from the top. */
  names(): readonly string[];
  /** The addresses of every From field, in order. */
  readonly from: readonly string[];
}

export function messageView(message: Message, sizeBytes: number): MessageView {
  const fieldsOf = (name: string): Message["fields"] => message.byKey.get(name.toLowerCase()) ?? [];
  return Object.freeze({
    sizeBytes,
    get(name: string) {
      const [first] = fieldsOf(name);
      return first === undefined ? undefined : fieldText(message, first);
    },
    getAll: (name: string) => fieldsOf(name).map((field) => fieldText(message, field)),
    names: () => message.fields.map(({ name }) => name),
    from: Object.freeze(fromMailboxes(message).map(({ address }) => address)),
  });
}
