import { keySource, nodeResolver, verify } from "@mailseal/verifier";

export default function ({ servers }) {
  const keys = keySource(nodeResolver({ servers }));
  return async (message) => {
    const { signatures } = await verify(message, { keys });
    return signatures.map(({ result }) => result);
  };
}
