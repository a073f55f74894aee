import "@mailseal/verifier/pool-thread";
