/** The part of node-forge's big integers that the portable build uses. `@types/node-forge` lacks the module. */
declare module "node-forge/lib/jsbn.js" {
  export interface BigInteger {
    compareTo(other: BigInteger): number;
    modPow(exponent: BigInteger, modulus: BigInteger): BigInteger;
    toString(radix: number): string;
  }
  const jsbn: { readonly BigInteger: new (digits: string, radix: number) => BigInteger };
  export default jsbn;
}
