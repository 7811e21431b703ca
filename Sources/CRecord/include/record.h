// The layouts of the log, declared once. Every integer is little-endian; nothing is padded by the
// compiler; every offset is asserted. The same tables in words, with the rules of validity, are in
// events/README.md.
#pragma once
#include <stddef.h>
#include <stdint.h>

// The 72 bytes that open every event. Its canonical bytes are this head and the fields of its kind
// (events/catalogue) without a gap; they are what the Merkle leaf covers.
typedef struct {
  uint16_t kind;             // number in events/catalogue, never reused
  uint8_t kind_version;      // 1 from the start
  uint8_t actor_kind;        // who caused it: operator, scheduler, institution ...
  uint32_t actor_id;         // the uid of a person or process, 0 where there is none
  int64_t log_time;          // nanoseconds since 1970 UTC; never decreases
  int64_t occurred_at;       // the source's own time, nanoseconds UTC; 0 = the source has none
  uint64_t cause;            // position of the event that led to this one; all ones = none
  uint64_t command_id_low;   // the idempotency key, bytes 0..7
  uint64_t command_id_high;  // bytes 8..15
  uint64_t command_digest;   // SHA-256 of the command's body, its first 8 bytes
  uint64_t previous;         // position of this merchant's previous event; all ones = none
  uint32_t merchant;         // dense merchant number from 1; 0 = none, or not registered
  uint16_t length;           // bytes of the whole event, this head included
  uint16_t flags;            // policy flags as decided
} sluice_head;

// What follows the head in the six payment kinds, before their strings.
typedef struct {
  int64_t ordered_at;      // when the order was placed, nanoseconds UTC
  int64_t order_amount;    // order transaction amount, fen (a refund: the amount refunded)
  int64_t paid_amount;     // what the payer paid, fen
  int64_t balance_amount;  // paid from the payment account balance, fen; -1 = unknown
  uint8_t institution;
  uint8_t failure_class;   // 0 unless the outcome is failed
  uint8_t merchant_tier;   // tier as the registry had it when decided
  uint8_t buyer_tier;      // tier of the city the order goes to; 0 = unknown
  uint16_t currency;       // ISO 4217 numeric; 156 = CNY
  uint16_t refund_basis;   // 0 unless the outcome is refunded; Events/RefundBasis.swift
} sluice_payment;

// The 96 bytes that open every frame. A batch is exactly one frame.
typedef struct {
  uint32_t magic;           // SLUICE_FRAME_MAGIC
  uint32_t header_crc;      // CRC-32C of bytes 8 to 95 of this header
  uint64_t log_id_low;
  uint64_t log_id_high;
  uint64_t first_position;  // of its first event; of the next one where it has none
  uint64_t batch;           // 1, 2, 3 ... over the whole log, marks and seals included
  uint64_t link;            // the predecessor's header_crc | body_crc << 32; 0 for the first
  int64_t log_time;         // of all its events
  uint32_t segment;         // number of the segment it stands in
  uint32_t offset;          // of this header in that segment
  uint32_t count;           // events in the body
  uint32_t body_length;     // bytes after this header
  uint32_t body_crc;        // CRC-32C of the body
  uint32_t incarnation;     // which opening of the log wrote it, from 1
  uint16_t frame_kind;      // 1 batch, 2 mark, 3 clean shutdown, 4 seal
  uint16_t reserved16;      // 0
  uint32_t reserved32;      // 0
  uint64_t reserved64;      // 0
} sluice_frame_header;

// The first 512 bytes of a segment file hold this and zeros.
typedef struct {
  uint64_t magic;             // SLUICE_SEGMENT_MAGIC
  uint32_t header_crc;        // CRC-32C of bytes 12 to 511
  uint32_t format;            // 1
  uint64_t log_id_low;
  uint64_t log_id_high;
  uint32_t segment;           // 0, 1, 2 ...
  uint32_t capacity;          // bytes the file was prepared for
  uint64_t first_position;    // of the first event this segment may hold
  uint64_t first_batch;       // of its first frame
  uint64_t predecessor_length;  // bytes of the sealed predecessor, seal included; 0 for the first
  uint64_t link;              // link of its first frame: the predecessor's seal
  int64_t created;            // log time of the opening
} sluice_segment_header;

// The body of a seal, the last frame of a finished segment.
typedef struct {
  uint64_t first_position;  // of the segment
  uint64_t next_position;   // one past its last event
  uint64_t root[4];         // RFC 6962 root of the whole log at next_position
} sluice_seal;

// One of the two 512-byte slots of sync.mark; slot = generation modulo 2.
typedef struct {
  uint32_t magic;          // SLUICE_MARK_MAGIC
  uint32_t slot_crc;       // CRC-32C of bytes 8 to 71
  uint64_t log_id_low;
  uint64_t log_id_high;
  uint64_t generation;
  uint64_t next_position;  // one past the last durable event
  uint64_t batch;          // last durable batch
  uint64_t link;           // link that a frame after it must carry
  int64_t log_time;
  uint32_t segment;
  uint32_t end;            // offset one past the last durable frame
} sluice_mark;

enum {
  SLUICE_SECTOR = 512,
  SLUICE_FRAMES_BEGIN = 512,
  SLUICE_EVENT_LENGTH_MAX = 65535,
  SLUICE_BODY_LENGTH_MAX = 8 * 1024 * 1024,
};

#define SLUICE_FRAME_MAGIC 0x46434c53u            // "SLCF"
#define SLUICE_SEGMENT_MAGIC 0x0a474553434c53ffull  // ff "SLCSEG" newline
#define SLUICE_MARK_MAGIC 0x4d434c53u             // "SLCM"

_Static_assert(sizeof(sluice_head) == 72, "head");
_Static_assert(offsetof(sluice_head, log_time) == 8, "head.log_time");
_Static_assert(offsetof(sluice_head, occurred_at) == 16, "head.occurred_at");
_Static_assert(offsetof(sluice_head, cause) == 24, "head.cause");
_Static_assert(offsetof(sluice_head, command_id_low) == 32, "head.command_id");
_Static_assert(offsetof(sluice_head, command_digest) == 48, "head.command_digest");
_Static_assert(offsetof(sluice_head, previous) == 56, "head.previous");
_Static_assert(offsetof(sluice_head, merchant) == 64, "head.merchant");
_Static_assert(offsetof(sluice_head, length) == 68, "head.length");
_Static_assert(offsetof(sluice_head, flags) == 70, "head.flags");
_Static_assert(sizeof(sluice_payment) == 40, "payment");
_Static_assert(offsetof(sluice_payment, institution) == 32, "payment.institution");
_Static_assert(offsetof(sluice_payment, currency) == 36, "payment.currency");
_Static_assert(sizeof(sluice_frame_header) == 96, "frame header");
_Static_assert(offsetof(sluice_frame_header, first_position) == 24, "frame.first_position");
_Static_assert(offsetof(sluice_frame_header, log_time) == 48, "frame.log_time");
_Static_assert(offsetof(sluice_frame_header, segment) == 56, "frame.segment");
_Static_assert(offsetof(sluice_frame_header, body_crc) == 72, "frame.body_crc");
_Static_assert(offsetof(sluice_frame_header, frame_kind) == 80, "frame.frame_kind");
_Static_assert(sizeof(sluice_segment_header) == 80, "segment header");
_Static_assert(offsetof(sluice_segment_header, segment) == 32, "segment.segment");
_Static_assert(offsetof(sluice_segment_header, link) == 64, "segment.link");
_Static_assert(sizeof(sluice_seal) == 48, "seal");
_Static_assert(sizeof(sluice_mark) == 72, "mark");
_Static_assert(offsetof(sluice_mark, segment) == 64, "mark.segment");

// Asks for the cache line of an address, which may lie anywhere, so that it is there a little later.
static inline void sluice_prefetch(const void *address) { __builtin_prefetch(address); }

// A word whose bits one thread sets while others look at it.
static inline uint64_t sluice_bits(const uint64_t *word) {
  return __atomic_load_n(word, __ATOMIC_RELAXED);
}

// For the one thread that sets them.
static inline void sluice_bits_set(uint64_t *word, uint64_t bits) {
  __atomic_store_n(word, __atomic_load_n(word, __ATOMIC_RELAXED) | bits, __ATOMIC_RELAXED);
}
