import "@mailseal/signer/pool-thread";
