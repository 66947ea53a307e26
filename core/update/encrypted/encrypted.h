/* encrypted.h - the places where a bootloader with encrypted images does more than one without. encrypted.c is
 * for the first (and for host programs, where env->encryption and slot_pair.key_size say which of the two it is),
 * encrypted_stub.c for the second. Internal to core/update/. Why: DESIGN.md beside it. */
#ifndef CORE_UPDATE_ENCRYPTED_ENCRYPTED_H
#define CORE_UPDATE_ENCRYPTED_ENCRYPTED_H

#include "core/update/strategy.h"

/* Bytes that a trailer keeps for each of two image keys; 0: there are none. */
uint32_t enc_key_field(const struct slot_pair *p);

/* image_verify of the image that src reads out of slot s: what is not in the primary is decrypted first. The key of
 * an image in the secondary is then in env->encryption. */
enum image_verdict enc_verify(const struct update_env *env, enum slot s,
                              const struct image_source *src, const struct image_policy *policy,
                              struct image_report *report);

/* image_verify of the image that was copied, as it came, to size bytes of RAM at memory: it is decrypted there first. */
enum image_verdict enc_verify_loaded(const struct update_env *env, enum slot s, uint8_t *memory,
                                     uint32_t size, const struct image_policy *policy,
                                     struct image_report *report);

/* Before a swap: the key of the primary's image, which goes out encrypted. Without it a genuine image would go out in
 * clear and never come back: *may becomes false, but for a revert. */
MUST_CHECK enum err enc_take_out(const struct update_env *env, enum swap_type type, bool *may);

/* In the middle of a swap: both keys, from the images' TLVs, wherever they are now, else from the primary's trailer.
 * ERR_STATE if that of the image that comes in is in neither; nothing has been written then. */
MUST_CHECK enum err enc_resume(const struct update_env *env, const struct swap *sw,
                               bool from_checkpoint);

/* Write the keys into the blank trailer of slot s. */
MUST_CHECK enum err enc_put_keys(const struct update_env *env, enum slot s, const struct swap *sw);

/* What of the n bytes in env->buf, on their way from src to dst, is payload: into clear on the way into the primary,
 * encrypted on the way out. */
void enc_convert(const struct update_env *env, struct at dst, struct at src, uint32_t n);

/* Wipe the keys. */
void enc_forget(const struct update_env *env);

#endif
