import { refusal, type Reply } from "../reply.ts";

/** There is nowhere to deliver to, and trying again will not change it. `reply` is 5xx. */
export class UndeliverableFault extends Error {
  readonly reply: Reply;

  constructor(enhancedCode: string, text: string) {
    super(text);
    this.name = "UndeliverableFault";
    this.reply = refusal(550, enhancedCode, text);
  }
}
