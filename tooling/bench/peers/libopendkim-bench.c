/*
 * Signs or verifies one message many times with the public library of OpenDKIM, as a filter would: one
 * library handle, one DKIM handle a message, the key at hand in memory.
 *
 *   libopendkim-bench sign   COUNT MESSAGE PEM    prints the nanoseconds that COUNT signatures took
 *   libopendkim-bench verify COUNT MESSAGE RECORD the same for verifications; RECORD is a key record
 *
 * Both with c=relaxed/relaxed and a=rsa-sha256 for signing. Ends with 1 where a verification fails.
 */
#include <sys/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <opendkim/dkim.h>

static unsigned char *record;

static unsigned char *read_file(const char *path, size_t *length)
{
	FILE *file = fopen(path, "rb");
	long size;
	unsigned char *bytes;

	if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0) {
		fprintf(stderr, "cannot read %s\n", path);
		exit(3);
	}
	rewind(file);
	bytes = calloc(1, size + 1);
	*length = fread(bytes, 1, size, file);
	fclose(file);
	return bytes;
}

static DKIM_CBSTAT look_up(DKIM *dkim, DKIM_SIGINFO *signature, unsigned char *buffer, size_t size)
{
	(void)dkim;
	(void)signature;
	snprintf((char *)buffer, size, "%s", record);
	return DKIM_CBSTAT_CONTINUE;
}

static long long nanoseconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char **argv)
{
	DKIM_LIB *lib = dkim_init(NULL, NULL);
	DKIM_STAT status;
	size_t length, key_length, field_length;
	unsigned char *message, *key, *field;
	long long start;
	int signing;

	if (argc != 5) {
		fprintf(stderr, "usage: see the head of libopendkim-bench.c\n");
		return 2;
	}
	signing = strcmp(argv[1], "sign") == 0;
	message = read_file(argv[3], &length);
	key = read_file(argv[4], &key_length);
	record = key;
	if (!signing)
		dkim_set_key_lookup(lib, look_up);
	start = nanoseconds();
	for (int count = atoi(argv[2]); count > 0; count--) {
		DKIM *dkim = signing
		    ? dkim_sign(lib, (unsigned char *)"bench", NULL, key, (unsigned char *)"rsa",
			(unsigned char *)"example.com", DKIM_CANON_RELAXED, DKIM_CANON_RELAXED,
			DKIM_SIGN_RSASHA256, -1, &status)
		    : dkim_verify(lib, (unsigned char *)"bench", NULL, &status);
		if (dkim == NULL || dkim_chunk(dkim, message, length) != DKIM_STAT_OK ||
		    dkim_chunk(dkim, NULL, 0) != DKIM_STAT_OK || dkim_eom(dkim, NULL) != DKIM_STAT_OK) {
			fprintf(stderr, "libopendkim: %s\n", dkim == NULL ? "no handle" : dkim_geterror(dkim));
			return 1;
		}
		if (signing && dkim_getsighdr_d(dkim, strlen(DKIM_SIGNHEADER) + 2, &field, &field_length) != DKIM_STAT_OK)
			return 1;
		dkim_free(dkim);
	}
	printf("%lld\n", nanoseconds() - start);
	return 0;
}
