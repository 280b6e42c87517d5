/*
 * On-disk format of one process image. Written by the shim's writer (no libc allocation, no managed code), read by
 * Interpose.Images and by the restorer. docs/image-format.md explains it; tests hold the C# mirror to these layouts.
 *
 *   header | metadata (MessagePack) | vma table | strings | extent table | chunk table | page data (page aligned)
 *
 * The saved pages form one logical byte stream. Extents say which addresses a piece of the stream belongs to; chunks
 * say how a piece of the stream is stored. With codec none the stream is stored as it is, so that a restart maps it.
 */
#ifndef INTERPOSE_IMAGE_H
#define INTERPOSE_IMAGE_H

#include <stdint.h>

#define IP_IMAGE_MAGIC 0x31474D4950524E49ull /* "INRPIMG1", little endian */
#define IP_IMAGE_VERSION 1u
#define IP_ARCH_X86_64 62u /* EM_X86_64, elf.h */
#define IP_PAGE_SIZE 4096u
#define IP_CHUNK_SIZE (1u << 20)

enum ip_codec { IP_CODEC_NONE = 0, IP_CODEC_ZSTD = 1, IP_CODEC_AUTO = 2 };

struct ip_section {
  uint64_t offset; /* from the start of the file */
  uint64_t length; /* bytes */
  uint32_t count;  /* records, where the section is a table */
  uint32_t crc;    /* CRC-32C of the section; 0 for page data, whose chunks carry their own */
};

struct ip_image_header {
  uint64_t magic;
  uint32_t version;
  uint32_t arch;
  uint32_t page_size;
  uint32_t codec; /* what was asked for; each chunk says what it is */
  uint32_t abi;   /* IP_ABI_VERSION of the shim that wrote it */
  uint32_t pid;
  uint64_t file_size; /* bytes of the complete image */
  uint64_t epoch;
  struct ip_section metadata;
  struct ip_section vmas;
  struct ip_section strings;
  struct ip_section extents;
  struct ip_section chunks;
  struct ip_section data;
  uint32_t reserved;
  uint32_t crc; /* CRC-32C of all bytes of the header before this one */
};

struct ip_image_vma {
  uint64_t start;
  uint64_t end;
  uint64_t file_offset;
  uint64_t inode;
  uint64_t vm_flags; /* IP_VM_* bits */
  uint32_t dev_major;
  uint32_t dev_minor;
  uint32_t prot;        /* PROT_* of mmap(2) */
  uint32_t shared;      /* 1: MAP_SHARED */
  uint32_t name_offset; /* into strings: what /proc/PID/maps says, "" for anonymous memory */
  uint32_t name_length;
};

/* From the VmFlags line of /proc/PID/smaps (Documentation/filesystems/proc.rst). */
enum ip_vm_flag {
  IP_VM_GROWSDOWN = 1 << 0,    /* gd */
  IP_VM_DONTFORK = 1 << 1,     /* dc */
  IP_VM_WIPEONFORK = 1 << 2,   /* wf */
  IP_VM_DONTDUMP = 1 << 3,     /* dd */
  IP_VM_HUGEPAGE = 1 << 4,     /* hg */
  IP_VM_NOHUGEPAGE = 1 << 5,   /* nh */
  IP_VM_LOCKED = 1 << 6,       /* lo */
  IP_VM_NORESERVE = 1 << 7,    /* nr */
  IP_VM_MERGEABLE = 1 << 8,    /* mg */
  IP_VM_SEQUENTIAL = 1 << 9,   /* sr */
  IP_VM_RANDOM = 1 << 10,      /* rr */
  IP_VM_IO = 1 << 11,          /* io, pf: device memory, refused */
  IP_VM_LOCKONFAULT = 1 << 12, /* lf */
};

struct ip_image_extent {
  uint64_t address;       /* where the pages belong; for shared objects, offset in the object */
  uint64_t length;        /* bytes, a multiple of the page size */
  uint64_t stream_offset; /* in the logical stream */
  uint32_t object;        /* 0: private memory of this process; otherwise 1 + index of the shared object */
  uint32_t source;        /* 0: this image; otherwise 1 + index of a parent image */
};

struct ip_image_chunk {
  uint64_t file_offset;
  uint32_t stored_length;
  uint32_t raw_length; /* IP_CHUNK_SIZE but for the last one */
  uint32_t codec;      /* IP_CODEC_NONE or IP_CODEC_ZSTD */
  uint32_t crc;        /* interleaved CRC-32C of the stored bytes, see ip_crc32c_x4 */
};

#endif
