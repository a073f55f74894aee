import type { Answered, MilterHandler, StepContext } from "../handler.ts";
import type { Command } from "../wire/command.ts";
import type { Step } from "../wire/protocol.ts";

/** A command that is an event of the SMTP dialogue. */
export type EventCommand = Extract<Command, { readonly kind: Step }>;

/** Calls the handler's method for an event; nothing where it has none. */
export function callEvent(
  handler: MilterHandler,
  command: Exclude<EventCommand, { readonly kind: "endOfMessage" }>,
  context: StepContext,
): Answered {
  switch (command.kind) {
    case "connect":
      return handler.connect?.(command.client, context);
    case "helo":
      return handler.helo?.(command.name, context);
    case "mailFrom":
      return handler.mailFrom?.(command.sender, context);
    case "rcptTo":
      return handler.rcptTo?.(command.recipient, context);
    case "data":
      return handler.data?.(context);
    case "header":
      return handler.header?.(command.field, context);
    case "endOfHeaders":
      return handler.endOfHeaders?.(context);
    case "body":
      return handler.body?.(command.chunk, context);
    case "unknown":
      return handler.unknown?.(command.command, context);
  }
}
