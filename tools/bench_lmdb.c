// Appends events to LMDB: bench_lmdb FOLDER COUNT BATCH prints the seconds it took.
//
// A key of 8 bytes, the position, and a value of 180 bytes, as long as our payment. Each batch is
// one transaction, made durable by its commit (no MDB_NOSYNC, no MDB_WRITEMAP), and MDB_APPEND
// spares LMDB the search for a place: what it is quickest at.
#include <lmdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { VALUE_LENGTH = 180 };

static void check(int code, const char *call) {
  if (code == 0) return;
  fprintf(stderr, "%s: %s\n", call, mdb_strerror(code));
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int count_of_words, char **words) {
  if (count_of_words != 4) return 2;
  const uint64_t count = strtoull(words[2], NULL, 10), batch = strtoull(words[3], NULL, 10);
  MDB_env *environment;
  MDB_dbi table;
  MDB_txn *transaction;
  check(mdb_env_create(&environment), "mdb_env_create");
  check(mdb_env_set_mapsize(environment, (size_t)8 << 30), "mdb_env_set_mapsize");
  check(mdb_env_open(environment, words[1], 0, 0600), "mdb_env_open");
  check(mdb_txn_begin(environment, NULL, 0, &transaction), "mdb_txn_begin");
  check(mdb_dbi_open(transaction, NULL, MDB_INTEGERKEY, &table), "mdb_dbi_open");
  check(mdb_txn_commit(transaction), "mdb_txn_commit");
  unsigned char event[VALUE_LENGTH];
  for (int index = 0; index < VALUE_LENGTH; index++) event[index] = (unsigned char)(index * 37);
  const double start = now();
  for (uint64_t position = 0; position < count;) {
    check(mdb_txn_begin(environment, NULL, 0, &transaction), "mdb_txn_begin");
    for (uint64_t done = 0; done < batch && position < count; done++, position++) {
      memcpy(event, &position, sizeof position);
      size_t key_value = position;
      MDB_val key = {sizeof key_value, &key_value}, value = {VALUE_LENGTH, event};
      check(mdb_put(transaction, table, &key, &value, MDB_APPEND), "mdb_put");
    }
    check(mdb_txn_commit(transaction), "mdb_txn_commit");
  }
  printf("%.6f\n", now() - start);
  mdb_env_close(environment);
  return 0;
}
