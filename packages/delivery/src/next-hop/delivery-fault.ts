import { type Reply, refusal } from "../reply.ts";

/** The next hop could not be used; nothing of the message is delivered. `reply` is what the client is told: always 4xx. */
export class DeliveryFault extends Error {
  readonly reply: Reply;

  constructor(
    enhancedCode: string,
    text: string,
    { quoted, ...options }: ErrorOptions & { readonly quoted?: Reply["quoted"] } = {},
  ) {
    super(text, options);
    this.name = "DeliveryFault";
    const reply = refusal(451, enhancedCode, text);
    this.reply = quoted === undefined ? reply : { ...reply, quoted };
  }
}
