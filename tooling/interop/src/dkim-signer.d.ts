declare module "dkim-signer" {
  /** The field without its final line ending. */
  export function DKIMSign(
    email: string | Uint8Array,
    options: {
      readonly domainName: string;
      readonly keySelector: string;
      readonly privateKey: string | Uint8Array;
      readonly headerFieldNames?: string;
    },
  ): string;
}
