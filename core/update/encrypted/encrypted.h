/* encrypted.h - the extra steps of a bootloader with encrypted images. Such a bootloader and host programs link
 * encrypted.c (in host programs env->encryption and slot_pair.key_size turn it on), all others encrypted_stub.c.
 * Internal to core/update/. Why: DESIGN.md in this folder. */
#ifndef CORE_UPDATE_ENCRYPTED_ENCRYPTED_H
#define CORE_UPDATE_ENCRYPTED_ENCRYPTED_H

#include "core/update/strategy.h"

/* Bytes in a trailer for each of the two image keys; 0: the trailer has no keys. */
uint32_t enc_key_field(const struct slot_pair *p);

/* image_verify of the image that src reads from slot s. An image in the secondary is decrypted on the way, and its key
 * is then in env->encryption. */
enum image_verdict enc_verify(const struct update_env *env, enum slot s,
                              const struct image_source *src, const struct image_policy *policy,
                              struct image_report *report);

/* image_verify of the image whose size bytes were copied to RAM at memory: it is decrypted there first. */
enum image_verdict enc_verify_loaded(const struct update_env *env, enum slot s, uint8_t *memory,
                                     uint32_t size, const struct image_policy *policy,
                                     struct image_report *report);

/* Before a swap: fetch the key of the primary's image, which is encrypted again on its way to the secondary. Without
 * the key a genuine image would lie there in plain text and could not be reverted to, so *may becomes false, except for
 * a revert. */
MUST_CHECK enum err enc_open_outgoing(const struct update_env *env, enum swap_type type, bool *may);

/* In the middle of a swap: fetch both keys from the images' TLVs, wherever these are now, else from the primary's
 * trailer.
 * ERR_STATE: the key of the incoming image is in neither; nothing has been written. */
MUST_CHECK enum err enc_resume(const struct update_env *env, const struct swap *sw,
                               bool from_checkpoint);

/* Write the keys into the blank trailer of slot s. */
MUST_CHECK enum err enc_put_keys(const struct update_env *env, enum slot s, const struct swap *sw);

/* For n bytes in env->buf that are copied from src to dst: decrypt payload bytes on the way into the primary, encrypt
 * them on the way out. Other bytes stay as they are. */
void enc_convert(const struct update_env *env, struct at dst, struct at src, uint32_t n);

/* Wipe the keys. */
void enc_forget(const struct update_env *env);

#endif
