#!/usr/bin/env python3
"""Check that the closures find mistakes. Each seeded mistake is a text replaced in a copy of one file of core/update/ or
core/settings/, which is linked instead of the original. The closure must report a violation; of a mistake in the store of
settings its closure, or its sweep of cuts, must fail. A mistake whose text no longer exists counts as missed. With each
mistake in the engine the shortest cut sequence that shows it is printed, for slipway rehearse closure --replay (of that
engine).
Usage: closure_mutants.py BUILD_DIR [NAME...]   (BUILD_DIR: a host build with the targets closure_rows, settings_test and
                                                settings_closure_test)
       closure_mutants.py --write NAME FOLDER   the broken file only; prints its path
Environment: ROWS="offset,32x512x4,revert ..." instead of each mutant's own rows"""
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

ROWS = ("offset,8x128x4,revert offset,8x128x4,permanent offset,8x128x4,test offset,8x128x4,confirm "
        "offset,8x128x4,forged offset,8x128x4,too-large offset,8x128x4,no-way-back").split()

# name, file in core/update/, text, replacement, rows (None: ROWS)
ENGINE = [
    ("status record before the copy", "strategies/swap_offset.c",
     "    enum err e = erase_range(env, out ? sec : pri, sector);\n    if (!e && keep)",
     "    enum err e = record_step(env->pair, sw, k);\n    if (!e)\n        e = erase_range(env, out ? sec : pri, sector);\n"
     "    if (!e && keep)\n        e = copy_range(env, out ? sec : pri, out ? pri : sec, sector);\n    return e;\n    if (keep)", None),
    ("source erased before it is copied", "strategies/swap_offset.c",
     "    enum err e = erase_range(env, out ? sec : pri, sector);",
     "    enum err e = erase_range(env, out ? pri : sec, sector);\n    if (!e)\n        e = erase_range(env, out ? sec : pri, sector);", None),
    ("destination not erased", "strategies/swap_offset.c",
     "    enum err e = erase_range(env, out ? sec : pri, sector);", "    enum err e = ERR_OK;", ["offset,8x128x4,permanent"]),
    ("no magic in the primary's trailer", "swap/progress.c",
     "return e ? e : trailer_put_magic(p, s);", "return e;", None),
    ("magic before the fields it vouches for", "swap/progress.c",
     "    enum err e = ERR_OK;\n    if (sw->type != SWAP_TYPE_NONE)",
     "    enum err e = trailer_put_magic(p, s);\n    if (e)\n        return e;\n    if (sw->type != SWAP_TYPE_NONE)", "MAGIC_FIRST"),
    ("image_ok at the start of a test", "strategies/swap.c",
     "sw.image_ok = type == SWAP_TYPE_PERM ||", "sw.image_ok = true ||", None),
    ("trailer read without ECC guard", "swap/trailer.c",
     "if (e && e != ERR_UNREADABLE)", "if (e)", None),
    ("resume ignores the checkpoint", "strategies/swap.c",
     "    if (!e && f->from_checkpoint)\n        f->sw = kept;", "    f->from_checkpoint = false;", None),
    ("no checkpoint before a rebuild", "swap/progress.c",
     "            e = checkpoint_write(p, sw);", "            e = ERR_OK;", None),
    ("rebuild without erasing the primary's trailer", "swap/progress.c",
     "    if (!e)\n        e = trailer_erase(p, SLOT_PRIMARY, env->feed);\n    if (!e)\n        e = progress_write(env, SLOT_PRIMARY, sw);",
     "    if (!e)\n        e = progress_write(env, SLOT_PRIMARY, sw);", None),
    ("copy_done before the copy", "strategies/swap.c",
     "    enum err e = steps_of(env)->run(env, sw);",
     "    enum err e = trailer_put_flag(p, SLOT_PRIMARY, l.copy_done);\n    if (!e)\n        e = steps_of(env)->run(env, sw);\n    return e;", None),
    ("request erased before the primary says so", "strategies/swap.c",
     "    if (!e)\n        e = trailer_erase(p, SLOT_PRIMARY, env->feed);\n    if (!e)\n        e = progress_write(env, SLOT_PRIMARY, &sw);",
     "    if (!e)\n        e = trailer_erase(p, SLOT_SECONDARY, env->feed);\n    if (!e)\n        e = trailer_erase(p, SLOT_PRIMARY, env->feed);\n"
     "    if (!e)\n        e = progress_write(env, SLOT_PRIMARY, &sw);", None),
    ("request written without an erase", "swap/request.c",
     "enum err e = trailer_erase(p, SLOT_SECONDARY, NULL);\n    if (!e)\n        e = trailer_put_magic",
     "enum err e = ERR_OK;\n    if (!e)\n        e = trailer_put_magic", None),
    ("half-erased request believed in mid-start", "strategies/swap.c",
     "    return f->claims && f->sw.records <= steps->request_until", "    return false && f->claims && f->sw.records <= steps->request_until", None),
    ("revert not prepared in the secondary", "strategies/swap_offset.c",
     "    if (sw->type != SWAP_TYPE_REVERT)\n        return ERR_OK;\n    enum err e = trailer_erase",
     "    if (sw->type != SWAP_TYPE_NONE)\n        return ERR_OK;\n    enum err e = trailer_erase", None),
    ("torn confirmation left as it is", "decide/decide_copy.c",
     "DO_CONFIRM,       \"the running", "DO_NOTHING,       \"the running",
     ["offset,8x128x4,confirm", "offset,32x512x4,confirm"]),
    ("garbled request left as it is", "decide/decide_copy.c",
     "DO_CLEAR,         \"the", "DO_NOTHING,       \"the", None),
    ("decide: a request is not judged", "decide/decide_copy.c",
     "DO_JUDGE_SOURCE,  \"an image is requested", "DO_START,         \"an image is requested",
     ["offset,8x128x4,forged", "offset,8x128x4,too-large"]),
    ("decide: a revert whose image may not run is tried again for ever", "decide/decide_copy.c",
     "DO_KEEP_PRIMARY,  \"the old", "DO_NOTHING,       \"the old", ["offset,8x128x4,no-way-back"]),
    ("a refused request stays", "decide/judge.c",
     "    if (!e)\n        e = trailer_erase(p, SLOT_SECONDARY, env->feed);", "", None),
    ("the last record is skipped", "strategies/swap_offset.c",
     "    return e ? e : record_step(env->pair, sw, k);", "    return e || k % 2 ? e : record_step(env->pair, sw, k);", None),
    ("confirmation without a revert due", "swap/request.c",
     "    if (!revert_is_due(&pri))\n        return ERR_OK;\n    return trailer_put_flag", "    return trailer_put_flag", ["offset,8x128x4,confirm"]),
    ("move: record before the copy", "swap/copy.c",
     "    enum err e = erase_range(env, dst, len);\n    if (!e)\n        e = copy_range(env, dst, src, len);\n    return e ? e : record_step(env->pair, sw, sw->records);",
     "    enum err e = record_step(env->pair, sw, sw->records);\n    if (!e)\n        e = erase_range(env, dst, len);\n    return e ? e : copy_range(env, dst, src, len);",
     ["move,8x256x4,permanent", "scratch,8x128x3,permanent"]),
    ("scratch: the request is never taken back", "strategies/swap_scratch.c",
     "        if (sw->records == 1)\n", "        if (sw->records > 99)\n", ["scratch,8x128x3,permanent"]),
    ("overwrite: request erased before the copy", "strategies/overwrite.c",
     "    enum err e = copy_over(env, out->secondary.size);",
     "    enum err e = trailer_erase(p, SLOT_SECONDARY, env->feed);\n    if (!e)\n        e = copy_over(env, out->secondary.size);",
     ["overwrite,8x128x3,permanent"]),
    ("a request that names an image asks for whatever is there", "swap/request.c",
     "    if (!slot_holds(p, s, update_upload_offset(p), hash))", "    if (hash == NULL)", ["offset,8x128x3,back", "offset,8x128x4,back"]),
    # Two images, rollback store, keys.
    ("two images: dependencies are not asked", "multi_image/multi_image.c",
     "is_allowed(g, group_images(&f, set)) ?", "set == MOVE_ALL || is_allowed(g, group_images(&f, set)) ?", ["offset-two,8x192x3,one-waits"]),
    ("two images: one moves though the other cannot follow", "multi_image/multi_image.c",
     "chosen >> i & 1 ?", "chosen + 1 ?",
     ["overwrite-two,8x192x2,one-forged", "offset-two,8x192x3,one-forged"]),
    ("two images: the finished half of a cut update goes back alone", "decide/decide_multi_image.c",
     "IMAGE_WAITS,  \"it is the finished", "IMAGE_CHOOSE, \"it is the finished",
     ["offset-two,8x192x3,both-second", "offset-two,8x192x3,both-test"]),
    ("two images: a revert that is not done leaves a touched confirmation", "strategies/swap.c",
     "    if (f->asked != SWAP_TYPE_REVERT)\n        return ERR_OK;\n    if (f->hold", "    if (f->asked != SWAP_TYPE_NONE)\n        return ERR_OK;\n    if (f->hold",
     ["offset-two,8x192x3,both-confirm"]),
    ("two images: a request for a test stands for one for good", "swap/request.c",
     "    if (sec.magic == TRAILER_MAGIC_GOOD && (!permanent || sec.image_ok == TRAILER_FLAG_SET))",
     "    if (sec.magic == TRAILER_MAGIC_GOOD)", ["offset-two,8x192x3,both-mixed"]),
    ("the counter rises while the image is on trial", "multi_image/multi_image.c",
     "           confirmed;\n}", "           (confirmed || !confirmed);\n}", ["offset-counter,8x192x3,counter-high-enough"]),
    ("the counter of an image that is not genuine is remembered", "multi_image/multi_image.c",
     "    return out->verdict == IMAGE_GENUINE && update_is_confirmed", "    return update_is_confirmed",
     ["overwrite-counter,8x192x2,spoilt"]),
    ("an image on trial retires keys", "multi_image/multi_image.c",
     "            all = false;", "            all = true;", ["offset-keys,8x384x3,counter-high-enough"]),
    ("what is older slips in before the counter has risen", "boot.c",
     "    rollback_remember_confirmed(env, f->only_image);", "    (void)env;", ["offset-counter,8x192x3,slip-in"]),
    ("what a leaked key signed slips in before it is retired", "rollback/rollback.c",
     "    if (only_image)\n        rollback_retire_keys", "    if (false)\n        rollback_retire_keys", ["offset-keys,8x384x3,slip-in"]),
    ("rollback store: a page that reads blank is not erased", "rollback/rollback_store.c",
     "    e = area_erase(a, to.start, a->flash->sector);",
     "    bool blank = false;\n    e = area_is_blank(a, to.start, a->flash->sector, &blank);\n    if (!e && !blank)\n        e = area_erase(a, to.start, a->flash->sector);",
     ["overwrite-counter,8x192x2,counter-too-low"]),
    ("rollback store: the seal before the records", "rollback/rollback_store.c",
     "        e = write_records(a, &from, &to, number, wanted);\n    if (!e)\n        e = write_seal(a, &to);",
     "        e = write_seal(a, &to);\n    if (!e)\n        e = write_records(a, &from, &to, number, wanted);",
     ["overwrite-counter,8x192x2,counter-too-low"]),
    ("rollback store: the page that counts is erased", "rollback/rollback_store.c",
     ".start = from.start ? 0 : a->flash->sector,", ".start = from.start ? a->flash->sector : 0,", ["overwrite-counter,8x192x2,counter-too-low"]),
    ("either slot: an attempt is not noted", "either_slot/which_slot.c",
     "    if (c->trial != TRIAL_BEGUN)\n        e = rewrite_trailer", "    if (c->slot == SLOT_NONE)\n        e = rewrite_trailer", ["xip-revert,8x128x3,test"]),
    ("either slot: a note is not read", "either_slot/which_slot.c",
     "    if (noted && (other->trial", "    if (noted && false && (other->trial", ["xip-revert,8x128x3,test"]),
    ("either slot: a mark that was programmed again is not read back", "either_slot/which_slot.c",
     ".copy_done) == ERR_OK)", ".copy_done) != ERR_NOT_BLANK)", ["xip-revert,8x128x3,test"]),
    ("either slot: a mark that a cut has hit stands for an attempt", "either_slot/which_slot.c",
     "    return t->copy_done == TRAILER_FLAG_SET ? TRIAL_TRIED", "    return t->copy_done != TRAILER_FLAG_UNSET ? TRIAL_TRIED",
     ["xip-revert,8x128x3,test"]),
    ("either slot: in place beside an image that has failed", "either_slot/which_slot.c",
     "other->trial == TRIAL_NONE || other->trial == TRIAL_CONFIRMED;", "other != NULL;",
     ["xip-revert,8x128x3,second-beside"]),
    ("either slot: an image on trial is not marked as tried", "decide/decide_either.c",
     "EITHER_TRY,          \"it has", "EITHER_RUN,          \"it has", ["xip-revert,8x128x3,test"]),
    # Encrypted images.
    ("encrypted: after a cut the keys are not fetched again", "strategies/swap.c",
     "sw.records > 0 ? enc_resume(env, &sw, f->from_checkpoint) : ERR_OK;", "ERR_OK;", ["offset-encrypted,8x192x4,permanent"]),
    ("encrypted: after a cut only the key of the image that comes in", "encrypted/encrypted.c",
     "    return e ? e : resume_one(env, sw, SLOT_PRIMARY, from_checkpoint);", "    return e;", ["offset-encrypted,8x192x4,test-smaller"]),
    ("encrypted: a wrong place in mid-swap", "encrypted/encrypted.c",
     "scratch || pri < other ? pri : other", "other", ["offset-encrypted,8x192x4,permanent"]),
    # Classes of MCUboot's history. The mistake is re-made in this engine, not copied from there.
    ("MCUboot #480: an interrupted revert loses its type", "strategies/swap.c",
     "    f->prepared = steps_of(env)->is_prepared(p, f);",
     "    f->prepared = steps_of(env)->is_prepared(p, f);\n    if (f->sw.type == SWAP_TYPE_REVERT && !f->prepared)\n"
     "        f->sw.image_ok = false, f->sw.type = SWAP_TYPE_TEST;", None),
    ("MCUboot #829: a padded factory image's trailer is not replaced", "strategies/swap.c",
     "    if (!e)\n        e = trailer_erase(p, SLOT_PRIMARY, env->feed);\n    if (!e)\n        e = progress_write(env, SLOT_PRIMARY, &sw);",
     "    struct trailer_state had;\n    if (!e)\n        e = trailer_read(p, SLOT_PRIMARY, &had);\n    if (!e && had.magic != TRAILER_MAGIC_GOOD)\n"
     "        e = trailer_erase(p, SLOT_PRIMARY, env->feed);\n    if (!e && had.magic != TRAILER_MAGIC_GOOD)\n        e = progress_write(env, SLOT_PRIMARY, &sw);",
     ["offset,8x128x4,perm-factory"]),
    ("MCUboot #1588: a swap is given up if the header is not where it was before", "strategies/swap.c",
     "    case DO_RESUME:\n        return resume(env, f, out);",
     "    case DO_RESUME:\n        return slot_has_header(env->pair, SLOT_PRIMARY, 0) ? resume(env, f, out) : settle(env, f);", None),
    ("MCUboot #1966, #2100: a torn magic of the prepared revert hides the revert", "decide/swap_type.c",
     "ROW((ANY,  ANY,   ANY,  GOOD,", "ROW((IS(TRAILER_MAGIC_UNSET), ANY, ANY, GOOD,", None),
    ("MCUboot #2109: after a resume the image is judged where it was before", "strategies/swap.c",
     "    if (e)\n        return e;\n    out->resumed = true;",
     "    enum image_verdict v = IMAGE_GENUINE;\n    if (!e)\n"
     "        v = judge(env, SLOT_SECONDARY, steps_of(env)->source_offset(env->pair, sw.type), update_max_image_size(env->pair), &out->secondary);\n"
     "    if (!e && v != IMAGE_GENUINE)\n        e = ERR_STATE;\n    if (e)\n        return e;\n    out->resumed = true;", None),
    ("MCUboot #2198: an old header in the first sector refuses the image behind it", "decide/judge.c",
     "    f->source = found_of(v, r->fault);",
     "    if (start && slot_has_header(env->pair, SLOT_SECONDARY, 0))\n        v = IMAGE_REFUSED;\n    f->source = found_of(v, r->fault);",
     ["offset,8x128x4,leftover"]),
    ("MCUboot #2206: image and trailer share a sector", "swap/slots.c",
     "    uint32_t first = trailer_layout(p, s).first_sector;\n    return first > spare",
     "    uint32_t first = round_down32(trailer_layout(p, s).status, p->slot[s].flash->word);\n    return first > spare",
     ["scratch,8x128x4,permanent", "overwrite,8x256x3,permanent"]),
]

# name, file in core/settings/, text, replacement
SETTINGS = [
    ("settings: no mark after a start", "settings.c", "    s->certain = false;", "    s->certain = true;"),
    ("settings: the mark directly behind the end", "settings.c",
     "const uint32_t at = s->end + word;", "const uint32_t at = s->end;"),
    ("settings: values that are set together are not held together", "settings.c",
     "| (last ? 0 : RECORD_MORE)", "| (last ? 0 : 0)"),
    ("settings: a group goes on behind a torn record", "settings.c",
     "            in_group = false;\n            e = record_left", "            e = record_left"),
    ("settings: a copy from before a cut stays", "settings.c",
     "    return s->borrowed ? go_home(s) : erase_leftovers(s);", "    return s->borrowed ? go_home(s) : ERR_OK;"),
    ("settings: what was borrowed is not erased", "settings.c",
     "    return erase_sector(s, &lent);", "    return lent.size > 0 ? ERR_OK : ERR_IO;"),
    ("settings: a copy into a sector that was not erased", "settings.c",
     "    enum err e = erase_sector(s, to);", "    enum err e = ERR_OK;"),
    ("settings: the oldest sector is the store", "settings.c",
     "generation > n->generation", "generation < n->generation"),
    ("settings: torn words are written again", "settings.c", "            if (left != 0 &&", "            if (left > 99999 &&"),
    ("settings: each start uses up the words behind the end", "settings.c",
     "            if (left != 0 && at + left > s->end)", "            if (at + left > s->end)"),
    ("settings: the sum is not asked", "record.c",
     "    return sum == get_le32(head + 4) ? ERR_OK : ERR_FORMAT;", "    return sum != 1 ? ERR_OK : ERR_FORMAT;"),
    ("settings: words of ones in a cut record count as virgin", "record.c",
     "    if (*size == 0 || room < sizeof head ||", "    if (*size < 99999 || room < sizeof head ||"),
    ("settings: no header behind the copies", "settings.c",
     "    enum err e = sector_write_head(to, s->generation + 1);\n    if (e != ERR_OK)\n        return e;\n    s->generation++;",
     "    s->generation++;\n    enum err e = ERR_OK;"),
    ("settings: an erase of all of it in any order", "settings.c",
     "if (sector.offset != last.offset)", "if (sector.offset != last.offset || sector.size > 0)"),
    ("settings: an erase of all of it ends with the first sector", "settings.c",
     "has_store ? s->sector : area_sector(s, 0)", "has_store && false ? s->sector : area_sector(s, 0)"),
]


ENGINE_LIBS = ("rehearse/libclosure.a", "core/update/libupdate.a", "host/image/build/libfresh_key.a",
               "host/image/build/libimage_build.a", "core/image/libimage.a", "core/crypto/libcrypto.a",
               "core/flash/libflash.a", "core/base/libbase.a")
SETTINGS_LIBS = ("core/settings/libsettings.a", "testing/libfake_flash.a", "core/flash/libflash.a", "core/base/libbase.a")


class Missed(Exception):
    pass


def write_broken(path, old, new, folder):
    text = open(path, encoding="utf-8").read()
    if text.count(old) != 1:
        raise Missed(f"its text stands {text.count(old)} times in {path}")
    os.makedirs(folder, exist_ok=True)
    broken = os.path.join(folder, os.path.basename(path))
    with open(broken, "w", encoding="utf-8") as f:
        f.write(text.replace(old, new))
    return broken


def command_for(build, source):
    for entry in json.load(open(f"{build}/compile_commands.json", encoding="utf-8")):
        if entry["file"].endswith(source):
            return entry["command"], entry["directory"]
    raise SystemExit(f"{source}: not in {build}/compile_commands.json")


def compile_broken(build, path, broken):
    """The object of a copy of path, built with path's own command."""
    command, cwd = command_for(build, path)
    out = broken[:-2] + ".o"
    command = re.sub(r" -Werror| -MD| -MT \S+| -MF \S+", "", command)
    command = re.sub(r" -o \S+", f" -o {out}", command)
    command = re.sub(r" -c \S+", f" -w -c {broken}", command)
    if subprocess.run(command, shell=True, cwd=cwd, capture_output=True).returncode:
        raise Missed("does not compile")
    return out


def link(build, program, objects, libs, others):
    files = [*objects, *(f"{build}/{l}" for l in libs), *(f"-l{l}" for l in others)]
    if subprocess.run(["cc", "-o", program, *files], capture_output=True).returncode:
        raise Missed("does not link")
    return program


def try_engine(build, folder, mutant):
    _, file, old, new, rows = mutant
    rows = ["offset,8x64x6,permanent"] + ROWS if rows == "MAGIC_FIRST" else rows or ROWS
    rows = os.environ.get("ROWS", "").split() or rows
    path = f"core/update/{file}"
    broken = compile_broken(build, path, write_broken(path, old, new, folder))
    main = f"{build}/rehearse/CMakeFiles/closure_rows.dir/closure/closure_rows.c.o"
    program = link(build, f"{folder}/rows", [main, broken], ENGINE_LIBS, ["bearssl", "crypto"])
    run = subprocess.run([program, *rows], capture_output=True, text=True)
    if run.returncode == 1:
        return True, run.stdout.strip()
    return run.returncode < 0, f"exit {run.returncode}" if run.returncode else "survived " + " ".join(rows)


def try_settings(build, folder, mutant):
    _, file, old, new = mutant
    path = f"core/settings/{file}"
    broken = compile_broken(build, path, write_broken(path, old, new, folder))
    for test, source in (("settings_closure_test", "closure_test"), ("settings_test", "settings_test")):
        main = f"{build}/core/settings/CMakeFiles/{test}.dir/test/{source}.c.o"
        program = link(build, f"{folder}/{test}", [main, broken], SETTINGS_LIBS, ["cmocka"])
        try:
            if subprocess.run([program], capture_output=True, timeout=600).returncode:
                return True, test
        except subprocess.TimeoutExpired:
            return True, f"{test} does not end"
    return False, "survived settings_closure_test and settings_test"


def main():
    engine = {m[0]: (m, try_engine) for m in ENGINE}
    every = {**engine, **{m[0]: (m, try_settings) for m in SETTINGS}}
    if sys.argv[1] == "--write":
        _, file, old, new, _ = engine[sys.argv[2]][0]
        print(write_broken(f"core/update/{file}", old, new, sys.argv[3]))
        return 0
    build = os.path.abspath(sys.argv[1])
    wanted = sys.argv[2:]
    chosen = [name for name in every if not wanted or any(w in name for w in wanted)]
    began = time.monotonic()

    def work(n):
        mutant, judge = every[chosen[n]]
        try:
            return judge(build, f"{build}/closure_mutants/{n}", mutant)
        except Missed as why:
            return False, str(why)

    found = 0
    with ThreadPoolExecutor(2) as pool:
        for name, (ok, what) in zip(chosen, pool.map(work, range(len(chosen)))):
            found += ok
            print(f"{'found ' if ok else 'MISSED'}  {name}\n        {what}", flush=True)
    print(f"closure-mutants: {found}/{len(chosen)} found in {time.monotonic() - began:.0f} s")
    return found != len(chosen)


if __name__ == "__main__":
    sys.exit(main())
