/*
 * A peer over the public library of OpenDKIM.
 *
 *   libopendkim ed25519                                      exit 0 where the library has it
 *   libopendkim verify KEYFILE < message                     prints pass, or why not
 *   libopendkim sign ALG HC/BC DOMAIN SELECTOR PEM < message prints the field
 *
 * KEYFILE has a line "owner-name record" for each key, the record in hexadecimal: it may hold any octet.
 */
#include <sys/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <opendkim/dkim.h>

static unsigned char *read_all(FILE *in, size_t *length)
{
	size_t room = 1 << 16;
	unsigned char *bytes = malloc(room);
	*length = 0;
	for (;;) {
		size_t count = fread(bytes + *length, 1, room - *length, in);
		if (count == 0)
			break;
		*length += count;
		if (*length == room)
			bytes = realloc(bytes, room *= 2);
	}
	return bytes;
}

static int feed(DKIM *dkim)
{
	size_t length;
	unsigned char *bytes = read_all(stdin, &length);
	DKIM_STAT status = dkim_chunk(dkim, bytes, length);
	if (status == DKIM_STAT_OK)
		status = dkim_chunk(dkim, NULL, 0);
	if (status == DKIM_STAT_OK)
		status = dkim_eom(dkim, NULL);
	return status;
}

static const char *key_file;

static DKIM_CBSTAT look_up(DKIM *dkim, DKIM_SIGINFO *signature, unsigned char *record, size_t room)
{
	char owner[1024], name[1024];
	FILE *file = fopen(key_file, "r");
	unsigned int octet;

	(void)dkim;
	if (file == NULL)
		return DKIM_CBSTAT_TRYAGAIN;
	snprintf(owner, sizeof owner, "%s._domainkey.%s", dkim_sig_getselector(signature),
	    dkim_sig_getdomain(signature));
	while (fscanf(file, "%1023s ", name) == 1) {
		size_t length = 0;
		while (length + 1 < room && fscanf(file, "%2x", &octet) == 1) {
			record[length++] = octet;
			int next = fgetc(file);
			if (next == '\n' || next == EOF)
				break;
			ungetc(next, file);
		}
		record[length] = '\0';
		if (strcasecmp(name, owner) == 0) {
			fclose(file);
			return DKIM_CBSTAT_CONTINUE;
		}
	}
	fclose(file);
	return DKIM_CBSTAT_NOTFOUND;
}

static int verify(DKIM_LIB *lib, char *keyfile)
{
	DKIM_STAT status;
	DKIM_SIGINFO **signatures;
	int count;
	DKIM *dkim;

	key_file = keyfile;
	dkim_set_key_lookup(lib, look_up);
	dkim = dkim_verify(lib, (unsigned char *)"interop", NULL, &status);
	if (dkim == NULL) {
		printf("%s\n", dkim_getresultstr(status));
		return 1;
	}
	feed(dkim);
	if (dkim_getsiglist(dkim, &signatures, &count) != DKIM_STAT_OK)
		count = 0;
	for (int at = 0; at < count; at++) {
		DKIM_SIGINFO *signature = signatures[at];
		dkim_sig_process(dkim, signature);
		int passes = (dkim_sig_getflags(signature) & DKIM_SIGFLAG_PASSED) != 0 &&
		    dkim_sig_getbh(signature) == DKIM_SIGBH_MATCH;
		printf("%s\n", passes ? "pass" : dkim_sig_geterrorstr(dkim_sig_geterror(signature)));
	}
	if (count == 0)
		printf("none\n");
	return 0;
}

static int sign(DKIM_LIB *lib, char **args)
{
	DKIM_STAT status;
	dkim_alg_t algorithm = strcmp(args[0], "ed25519-sha256") == 0
	    ? DKIM_SIGN_ED25519SHA256 : DKIM_SIGN_RSASHA256;
	dkim_canon_t header = strncmp(args[1], "simple/", 7) == 0 ? DKIM_CANON_SIMPLE : DKIM_CANON_RELAXED;
	dkim_canon_t body = strstr(args[1], "/simple") != NULL ? DKIM_CANON_SIMPLE : DKIM_CANON_RELAXED;
	FILE *file = fopen(args[4], "r");
	size_t length;
	unsigned char *key, *field;
	DKIM *dkim;

	if (file == NULL) {
		fprintf(stderr, "cannot read %s\n", args[4]);
		return 3;
	}
	key = read_all(file, &length);
	key[length] = '\0';
	dkim = dkim_sign(lib, (unsigned char *)"interop", NULL, key, (unsigned char *)args[3],
	    (unsigned char *)args[2], header, body, algorithm, -1, &status);
	if (dkim == NULL || (status = feed(dkim)) != DKIM_STAT_OK ||
	    (status = dkim_getsighdr_d(dkim, strlen(DKIM_SIGNHEADER) + 2, &field, &length)) != DKIM_STAT_OK) {
		fprintf(stderr, "%s: %s\n", dkim_getresultstr(status), dkim == NULL ? "" : dkim_geterror(dkim));
		return 1;
	}
	printf("DKIM-Signature: %s\r\n", field);
	return 0;
}

int main(int argc, char **argv)
{
	DKIM_LIB *lib = dkim_init(NULL, NULL);

	if (argc == 2 && strcmp(argv[1], "ed25519") == 0)
		return dkim_libfeature(lib, DKIM_FEATURE_ED25519) ? 0 : 1;
	if (argc == 3 && strcmp(argv[1], "verify") == 0)
		return verify(lib, argv[2]);
	if (argc == 7 && strcmp(argv[1], "sign") == 0)
		return sign(lib, argv + 2);
	fprintf(stderr, "usage: see the head of libopendkim.c\n");
	return 2;
}
