/*
 * The bench's yardstick: a bare client of libmariadb that reads one result unbuffered and sums the cells' lengths.
 *
 * Lifecycle: one process, one connection, one line of JSON per statement and repetition.
 *
 *     native HOST PORT USER PASSWORD DATABASE REPEAT SQL...
 *
 * @FILE in place of a statement reads it from there: arguments have a longest length.
 * Times are milliseconds of the monotonic clock, counted from sending the statement (the connection is open before).
 */
#include <mysql.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static double cpu_ms(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
		   (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

static int fail(MYSQL *mysql, const char *what)
{
	fprintf(stderr, "native: %s: %u %s: %s\n", what, mysql_errno(mysql), mysql_sqlstate(mysql), mysql_error(mysql));
	return 1;
}

static int run(MYSQL *mysql, const char *sql, unsigned long size)
{
	uint64_t rows = 0, nulls = 0, bytes = 0;
	unsigned int columns;
	double start = now_ms(), start_cpu = cpu_ms(), first = -1;
	MYSQL_RES *result;
	MYSQL_ROW row;

	if (mysql_real_query(mysql, sql, size) != 0)
		return fail(mysql, "query");
	result = mysql_use_result(mysql);
	if (result == NULL)
		return fail(mysql, "result");
	columns = mysql_num_fields(result);
	while ((row = mysql_fetch_row(result)) != NULL)
	{
		const unsigned long *lengths = mysql_fetch_lengths(result);

		if (rows++ == 0)
			first = now_ms() - start;
		for (unsigned int i = 0; i < columns; i++)
		{
			bytes += lengths[i];
			nulls += row[i] == NULL;
		}
	}
	/* A lost connection ends the loop as well: only the error number tells. */
	if (mysql_errno(mysql) != 0)
		return fail(mysql, "fetch");
	mysql_free_result(result);
	printf("{\"rows\": %" PRIu64 ", \"columns\": %u, \"nulls\": %" PRIu64 ", \"bytes\": %" PRIu64
		   ", \"first_row_ms\": %.3f, \"ms\": %.3f, \"cpu_ms\": %.3f, \"client\": \"%s\"}\n",
		   rows, columns, nulls, bytes, first, now_ms() - start, cpu_ms() - start_cpu, mysql_get_client_info());
	fflush(stdout);
	return 0;
}

/* The statement that an argument is or names; never freed, there are few. */
static const char *statement(const char *argument, unsigned long *size)
{
	FILE *file;
	char *text;
	long length;

	*size = strlen(argument);
	if (argument[0] != '@')
		return argument;
	file = fopen(argument + 1, "rb");
	if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (length = ftell(file)) < 0)
		return NULL;
	rewind(file);
	text = malloc((size_t)length + 1);
	if (text == NULL || fread(text, 1, (size_t)length, file) != (size_t)length)
		return NULL;
	fclose(file);
	*size = (unsigned long)length;
	return text;
}

int main(int argc, char **argv)
{
	MYSQL *mysql;
	unsigned int off = 0;
	int status = 0;

	if (argc < 8)
	{
		fprintf(stderr, "usage: native HOST PORT USER PASSWORD DATABASE REPEAT SQL...\n");
		return 2;
	}
	mysql = mysql_init(NULL);
	if (mysql == NULL)
		return 1;
	mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &off);
	mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	if (mysql_real_connect(mysql, argv[1], argv[3], argv[4], argv[5], (unsigned int)atoi(argv[2]), NULL, 0) == NULL)
		return fail(mysql, "connect");
	for (int i = 7; i < argc && status == 0; i++)
	{
		unsigned long size;
		const char *sql = statement(argv[i], &size);

		if (sql == NULL)
		{
			fprintf(stderr, "native: %s cannot be read\n", argv[i]);
			status = 1;
		}
		for (int n = atoi(argv[6]); n > 0 && status == 0; n--)
			status = run(mysql, sql, size);
	}
	mysql_close(mysql);
	mysql_library_end();
	return status;
}
