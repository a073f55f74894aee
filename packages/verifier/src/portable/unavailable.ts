/**
 * What the portable build does not have of Node's modules: the rest of the packages refers to it, but nothing that
 * `portable.ts` exports uses it.
 */
function unavailable(): never {
  throw new TypeError(
    "this function needs Node.js, and @mailseal/verifier/portable has only what browsers have: use @mailseal/verifier",
  );
}

export {
  unavailable as connect,
  unavailable as createPrivateKey,
  unavailable as createRequire,
  unavailable as createSocket,
  unavailable as generateKeyPair,
  unavailable as generateKeyPairSync,
  unavailable as isIP,
  unavailable as randomInt,
  unavailable as Resolver,
  unavailable as sign,
};

/** Called when `@mailseal/crypto` is loaded, for a function that nobody can call here. */
export function promisify(): typeof unavailable {
  return unavailable;
}

export const NODATA = "ENODATA";
export const NOTFOUND = "ENOTFOUND";
export const SERVFAIL = "ESERVFAIL";
export const TIMEOUT = "ETIMEOUT";

/** Part of the inspection protocol of consoles. */
export const inspect: { readonly custom: symbol } = {
  custom: Symbol.for("nodejs.util.inspect.custom"),
};
