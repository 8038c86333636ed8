/*
 * The contract between the wrapper engine and a driver: one versioned C struct of functions.
 *
 * Lifecycle: a driver library is opened once per backend at first use and stays until the backend ends; a
 * FabricConnection lives from open() to close(). This header is plain C and includes nothing of PostgreSQL
 * nor of a client library: it is the only thing both sides see. No exception, no std:: type and no memory
 * ownership crosses it.
 *
 * No call blocks. A call that would have to wait returns FABRIC_WANT_READ or FABRIC_WANT_WRITE; the caller
 * waits until the connection's socket() is ready in that direction and makes THE SAME call again, with the same
 * arguments, until it answers something else. (Resolving a host name is the exception: the system's
 * resolver blocks.) Drivers know no time limits: the engine has the clock and drops the connection.
 */
#ifndef FABRIC_DRIVER_H
#define FABRIC_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C"
{
#endif

/* Arrow's C data interface, word for word as its specification asks: https://arrow.apache.org/docs/format/CDataInterface.html */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema
{
	const char *format;
	const char *name;
	const char *metadata;
	int64_t flags;
	int64_t n_children;
	struct ArrowSchema **children;
	struct ArrowSchema *dictionary;
	void (*release)(struct ArrowSchema *);
	void *private_data;
};

struct ArrowArray
{
	int64_t length;
	int64_t null_count;
	int64_t offset;
	int64_t n_buffers;
	int64_t n_children;
	const void **buffers;
	struct ArrowArray **children;
	struct ArrowArray *dictionary;
	void (*release)(struct ArrowArray *);
	void *private_data;
};

#endif

/* Raised when a field changes its meaning; fields added at the end of a struct only make it longer. */
#define FABRIC_DRIVER_ABI 1

/* The one symbol a driver library exports. */
#define FABRIC_DRIVER_SYMBOL "fabric_driver_module"

typedef enum FabricStatus
{
	FABRIC_DONE = 0,	   /* finished; for next_row: a row is there */
	FABRIC_WANT_READ = 1,  /* wait until socket() can be read, then repeat the call */
	FABRIC_WANT_WRITE = 2, /* wait until socket() can be written, then repeat the call */
	FABRIC_END = 3,		   /* next_row: the server said that there are no more rows */
	FABRIC_ERROR = 4	   /* failed; last_error() tells */
} FabricStatus;

typedef enum FabricTlsMode
{
	FABRIC_TLS_DISABLED = 0,
	FABRIC_TLS_PREFERRED = 1,	   /* TLS where the server offers it, unverified */
	FABRIC_TLS_REQUIRED = 2,	   /* TLS or an error, certificate unverified */
	FABRIC_TLS_VERIFY_CA = 3,	   /* the certificate's chain is verified */
	FABRIC_TLS_VERIFY_IDENTITY = 4 /* and its name is the host's */
} FabricTlsMode;

/* One text cell of a row. data is NULL for SQL NULL; otherwise size bytes, not NUL-terminated for certain. */
typedef struct FabricCell
{
	const char *data;
	size_t size;
} FabricCell;

typedef struct FabricPair
{
	const char *name;
	const char *value;
} FabricPair;

/* What connect() needs. Absent strings are NULL. Copied by open(): nothing need outlive that call. */
typedef struct FabricConnectOptions
{
	uint32_t size; /* sizeof(FabricConnectOptions) of the caller */
	const char *host;
	uint32_t port;			 /* 0 = the driver's default */
	const char *unix_socket; /* used instead of host and port when given */
	const char *user;
	const char *password;
	const char *database;
	FabricTlsMode tls_mode;
	const char *tls_ca;
	const char *tls_capath;
	const char *tls_cert;
	const char *tls_key;
	const char *tls_cipher;
	const char *default_file; /* client option file, for the driver's own reading */
	bool compress;
	const FabricPair *attributes; /* who asks: shown to the server (connection attributes) */
	size_t attribute_count;
	const char *root; /* of an engine in this process: the directory that its files lie below */
} FabricConnectOptions;

/* Why the last call failed. Strings live until the next call on the connection. */
typedef struct FabricErrorInfo
{
	int32_t native_code;  /* the server's or the client library's number */
	char sqlstate[6];	  /* as the server sent it, else "HY000"; NUL-terminated */
	const char *message;  /* never NULL, never contains a password */
	const char *hint;	  /* the next step, in ASCII, where the driver itself knows one; else NULL */
	bool connection_lost; /* the connection cannot be used any more */
	bool from_client;	  /* raised by the client library, not sent by the server */
	bool nothing_sent;	  /* certain that no byte of the statement had left: it may be sent again */
} FabricErrorInfo;

/* One column of the current result, as the server describes it. Strings live until the next execute(). */
typedef struct FabricColumn
{
	const char *name;
	int32_t native_type;   /* the protocol's type number (MySQL: enum_field_types) */
	uint32_t native_flags; /* the protocol's flags (MySQL: NOT_NULL_FLAG, UNSIGNED_FLAG, ...) */
	uint32_t charset;	   /* the protocol's character set / collation number; MySQL: 63 = binary */
	uint64_t length;	   /* declared display length in bytes */
	uint32_t decimals;
} FabricColumn;

/* What the server said of a finished statement. */
typedef struct FabricOutcome
{
	uint64_t affected_rows;
	uint64_t insert_id;
	uint32_t warnings;
	const char *info; /* the server's one-line summary, or NULL; lives until the next call */
} FabricOutcome;

typedef struct FabricServerInfo
{
	const char *version;	/* as the server announces it, e.g. "10.11.19-MariaDB-0+deb12u1" */
	uint64_t connection_id; /* what KILL takes */
	bool tls;				/* whether the connection is encrypted */
	const char *tls_cipher; /* NULL without TLS */
} FabricServerInfo;

typedef struct FabricTraffic
{
	uint64_t round_trips;	 /* statements (and pings) sent since open() */
	uint64_t bytes_sent;	 /* as far as the driver can count: statement text */
	uint64_t bytes_received; /* as far as the driver can count: cells */
} FabricTraffic;

/* What an engine in this process may take, all of its connections together. Copied. */
typedef struct FabricLimits
{
	uint64_t memory;  /* bytes */
	uint32_t threads; /* that work at once */
	const char *
		temporary_directory; /* for what does not fit into memory; NULL: nothing is put on disk. That of the first call. */
	uint64_t temporary_size; /* bytes on disk; 0: nine tenths of what is free there */
} FabricLimits;

/* What the current statement has read, of an engine in this process. */
typedef struct FabricUsage
{
	uint64_t files;			  /* opened, each counted once */
	uint64_t bytes;			  /* of them that were read */
	uint64_t row_groups;	  /* of the files that have such */
	uint64_t row_groups_read; /* of which something was read */
	uint32_t threads;		  /* that the engine may use */
	double progress;		  /* the share that is done, 0 to 1; negative when that is not known */
} FabricUsage;

typedef struct FabricConnection FabricConnection;

/* What the engine lends a driver. */
typedef struct FabricServices
{
	uint32_t abi;
	uint32_t size;
} FabricServices;

typedef struct FabricDriver
{
	uint32_t abi;				/* FABRIC_DRIVER_ABI */
	uint32_t size;				/* sizeof(FabricDriver) of the driver */
	const char *name;			/* "mysql" */
	const char *client_version; /* e.g. "libmariadb 3.3.14" */

	/* Allocates a connection; no network. NULL when out of memory. */
	FabricConnection *(*open)(const FabricConnectOptions *options);
	/* Connects and logs in. */
	FabricStatus (*connect)(FabricConnection *);
	/*
	 * Sends a statement and reads the head of its answer. DONE: either a result with column_count() > 0 whose
	 * rows must be taken (or abandoned) before the next statement, or a finished statement with outcome().
	 */
	FabricStatus (*execute)(FabricConnection *, const char *sql, size_t size);
	/* The hot path. DONE: *cells points to column_count() cells, valid until the next call. END after the last. NULL where there is
	 * next_chunk. */
	FabricStatus (*next_row)(FabricConnection *, const FabricCell **cells);
	/* Asks the server whether it is there. */
	FabricStatus (*ping)(FabricConnection *);
	/*
	 * Ends the connection without waiting for anything: at most one attempt to say goodbye that cannot block, and
	 * none at all if a call is in flight. Frees everything. Never fails; safe in an abort callback.
	 */
	void (*close)(FabricConnection *);

	/* Never touch the network. */
	int (*socket)(const FabricConnection *); /* -1 when there is none */
	uint32_t (*column_count)(const FabricConnection *);
	void (*column)(const FabricConnection *, uint32_t index, FabricColumn *out);
	void (*outcome)(const FabricConnection *, FabricOutcome *out);
	void (*server_info)(const FabricConnection *, FabricServerInfo *out);
	void (*traffic)(const FabricConnection *, FabricTraffic *out);
	void (*last_error)(const FabricConnection *, FabricErrorInfo *out);

	/*
	 * Of drivers whose rows are vectors, else NULL: the schema of the current result, a struct of its columns, and its
	 * rows. next_chunk is the hot path of those: DONE: *chunk is a struct array that the caller releases; END after the
	 * last. Offsets are 64 bits wide.
	 */
	FabricStatus (*next_chunk)(FabricConnection *, struct ArrowArray *chunk);
	void (*schema)(const FabricConnection *, struct ArrowSchema *out);

	/* Of drivers whose engine runs in this process, else NULL. None waits. */
	void (*cancel)(FabricConnection *);		   /* ends the statement under way, which answers with an error */
	void (*limit)(const FabricLimits *limits); /* for all connections; before the first it may be made without */
	void (*usage)(const FabricConnection *, FabricUsage *out);
	/* Ends everything; the process is about to end. Connections may only be closed after it. */
	void (*end)(void);
} FabricDriver;

typedef const FabricDriver *(*FabricDriverModule)(const FabricServices *services);

#ifdef __cplusplus
}
#endif

#endif
